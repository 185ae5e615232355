#include "host/log.hpp"

#include "engine/encode.hpp"
#include "host/journal.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>

#include <unistd.h>

namespace sshguardd::host {
namespace {

class JournalSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
  explicit JournalSink(Journal& journal) : journal_{journal} {}

private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const int priority = message.level >= spdlog::level::err    ? 3
                         : message.level == spdlog::level::warn ? 4
                         : message.level == spdlog::level::info ? 6
                                                                : 7;
    journal_.send(priority,
                  {{"MESSAGE", std::string{message.payload.data(), message.payload.size()}}});
  }
  void flush_() override {}

  Journal& journal_;
};

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
  case LogLevel::error:
    return spdlog::level::err;
  case LogLevel::warning:
    return spdlog::level::warn;
  case LogLevel::info:
    return spdlog::level::info;
  case LogLevel::debug:
    return spdlog::level::debug;
  }
  return spdlog::level::info;
}

} // namespace

void start_logging(Journal& journal, LogLevel level) {
  spdlog::sink_ptr sink;
  if (isatty(STDERR_FILENO) == 1)
    sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
  else
    sink = std::make_shared<JournalSink>(journal);
  auto logger = std::make_shared<spdlog::logger>("sshguardd", std::move(sink));
  logger->set_level(level_of(level));
  spdlog::set_default_logger(std::move(logger));
}

void set_log_level(LogLevel level) {
  spdlog::default_logger_raw()->set_level(level_of(level));
}

void log_error(const std::string& text) {
  spdlog::error("{}", engine::encode(text));
}
void log_warning(const std::string& text) {
  spdlog::warn("{}", engine::encode(text));
}
void log_info(const std::string& text) {
  spdlog::info("{}", engine::encode(text));
}
void log_debug(const std::string& text) {
  spdlog::debug("{}", engine::encode(text));
}

} // namespace sshguardd::host
