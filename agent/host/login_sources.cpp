#include "host/login_sources.hpp"

#include "host/files.hpp"
#include "host/instance.hpp"
#include "parse/login_record.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include <sys/stat.h>

namespace sshguardd::host {
namespace {

std::vector<std::string> read_sources(const Instance& instance, WallTime now) {
  const auto text = read_state(instance, logins_file);
  std::vector<Login> record = parse::login_record(text ? *text : "");
  std::ranges::stable_sort(record, std::greater{}, &Login::time);
  const std::int64_t oldest =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count() -
      parse::login_counts_for;
  std::vector<std::string> sources;
  for (Login& login : record) {
    if (login.from.empty() || login.time < oldest || sources.size() >= most_sources ||
        std::ranges::find(sources, login.from) != sources.end())
      continue;
    sources.push_back(std::move(login.from));
  }
  return sources;
}

} // namespace

bool LoginSources::refresh(const Fact<Instance>& instance, WallTime now) {
  struct stat st {};
  std::string record;
  if (instance && stat(logins_path(*instance).c_str(), &st) == 0) record = identity(st);
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const bool changed = record != record_;
  if (!changed && day == day_ && instance_known_ == instance.known()) return false;
  const bool before = instance_known_;
  instance_known_ = instance.known();
  record_ = std::move(record);
  day_ = day;
  list_ = instance ? read_sources(*instance, now) : std::vector<std::string>{};
  return changed && before && !record_.empty();
}

} // namespace sshguardd::host
