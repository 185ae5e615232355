#include "host/kernel_log.hpp"

#include "parse/journal_export.hpp"

#include <chrono>
#include <cstddef>
#include <utility>

namespace sshguardd::host {
namespace {

constexpr auto deadline = std::chrono::seconds{5};
constexpr std::size_t most_output = 128 * 1024;

} // namespace

KernelLog::KernelLog(Loop& loop, std::function<void()> on_news)
    : loop_{loop}, on_news_{std::move(on_news)} {}

void KernelLog::consider(const std::string& event) {
  if (child_ || event == asked_for_) return;
  asked_for_ = event;
  messages_.clear();
  if (!event.empty()) ask();
}

void KernelLog::ask() {
  // Whoever writes to /dev/kmsg gets another facility (printk.c:devkmsg_write()).
  ChildSpec spec{.argv = {"/usr/bin/journalctl", "--boot", "--no-pager", "--quiet", "--reverse",
                          "--lines=500", "--output=export", "--output-fields=MESSAGE",
                          "_TRANSPORT=kernel", "SYSLOG_FACILITY=0"},
                 .environment = {},
                 .deadline = deadline,
                 .output_limit = most_output};
  child_ =
      run_child(loop_, std::move(spec), [this](const ChildResult& result) { on_answer(result); });
}

void KernelLog::on_answer(const ChildResult& result) {
  child_.reset();
  for (parse::JournalEntry& entry : parse::journal_entries(result.out))
    messages_.push_back(std::move(entry.message));
  if (!messages_.empty()) on_news_();
}

} // namespace sshguardd::host
