#include "host/ledger_file.hpp"

#include "host/files.hpp"

namespace sshguardd::host {
namespace {

constexpr const char* path = "/run/sshguardd/ledger.json";

}

std::string boot_id() {
  const auto text = read_proc("/proc/sys/kernel/random/boot_id");
  return text ? text->substr(0, text->find('\n')) : std::string{};
}

engine::Ledger read_ledger() {
  const auto text = read_file(path);
  return engine::ledger_from_json(text ? *text : "", boot_id());
}

std::optional<std::string> write_ledger(const std::string& text) {
  return write_atomic(path, text, 0600);
}

} // namespace sshguardd::host
