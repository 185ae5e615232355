#include "ctl/source.hpp"

#include "engine/ledger.hpp"
#include "engine/report.hpp"
#include "host/clock.hpp"
#include "host/config_files.hpp"
#include "host/files.hpp"
#include "host/ledger_file.hpp"
#include "host/look_once.hpp"
#include "sshguardd/check.hpp"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::ctl {
namespace {

constexpr const char* status_path = "/run/sshguardd/status.json";

bool alive(std::int64_t pid) {
  if (pid <= 0 || pid > 0x7fffffff) return false;
  return kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM;
}

std::string readers_of(const struct stat& status) {
  if ((status.st_mode & S_IRGRP) == 0 || status.st_gid == 0) return {};
  const group* entry = getgrgid(status.st_gid);
  return entry != nullptr ? entry->gr_name : std::string{};
}

// A file that is not root's would let somebody else speak for the agent. Only root can put another
// in its place between this look and the reading.
std::optional<std::string> unfit(const struct stat& status) {
  if (!S_ISREG(status.st_mode)) return "not a regular file";
  if (status.st_uid != 0) return "not owned by root";
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "writable by others than root";
  return std::nullopt;
}

} // namespace

AgentAnswer ask_agent() {
  AgentAnswer answer;
  struct stat status {};
  if (lstat(status_path, &status) != 0) {
    const int error = errno;
    answer.absent = error == ENOENT || error == ENOTDIR;
    answer.document = Unknown{answer.absent ? std::string{"no "} + status_path
                                            : std::string{status_path} + ": " +
                                                  std::generic_category().message(error)};
    return answer;
  }
  answer.group = readers_of(status);
  if (const auto why = unfit(status)) {
    answer.document = Unknown{std::string{status_path} + ": " + *why};
    return answer;
  }
  const Fact<std::string> text = host::read_file(status_path);
  if (!text) {
    answer.document = Unknown{text.why()};
    return answer;
  }
  answer.document = parse_document(*text);
  if (!answer.document) {
    answer.document = Unknown{std::string{status_path} + ": " + answer.document.why()};
    return answer;
  }
  const bool process = alive(answer.document->pid);
  if (const auto why = why_stale(*answer.document, process, host::now().wall)) {
    answer.absent = !process;
    answer.document = Unknown{std::string{status_path} + " " + *why};
  }
  return answer;
}

Look look() {
  config::Loaded loaded = host::load_config();
  Look look;
  look.snapshot = host::look_once(loaded.config);
  // The look has the configuration but not what was wrong with its text.
  if (look.snapshot.self && look.snapshot.self->config_errors.empty()) {
    SelfTest self = *look.snapshot.self;
    self.config_errors = std::move(loaded.errors.lines);
    look.snapshot.self = std::move(self);
  }
  look.evaluation = engine::evaluate(look.snapshot, catalog(), loaded.config);
  return look;
}

Fact<Document> document_of(const Look& look, const Document* running) {
  engine::StatusContext context;
  context.version = SSHGUARDD_VERSION;
  context.boot_id = host::boot_id();
  context.healing = "off: sshguardd is not running";
  if (running != nullptr) {
    context.agent_running = true;
    context.version = running->version;
    context.healing = running->healing;
    context.pid = static_cast<std::uint32_t>(running->pid);
    context.valid_until = parse_rfc3339(running->valid_until).value_or(WallTime{});
  }
  // What an agent of this boot healed before it was stopped is still worth knowing.
  return parse_document(
      engine::status_json(look.evaluation, {}, look.snapshot, host::read_ledger(), context));
}

bool is_root() {
  return geteuid() == 0;
}

} // namespace sshguardd::ctl
