#include "host/pam_access.hpp"

#include "host/files.hpp"
#include "host/sshd_files.hpp"
#include "parse/ascii.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>

#include <sys/stat.h>

namespace sshguardd::host {
namespace {

using Says = parse::AccessVerdict::Says;

constexpr const char* usual_file = "/etc/security/access.conf";
constexpr const char* more_files = "/etc/security/access.d/*.conf";
// Where distributions keep defaults of theirs from Linux-PAM 1.5.3 on; which one is built in.
constexpr const char* vendor_files[] = {
    "/usr/etc/security/access.conf", "/usr/share/security/access.conf",
    "/usr/lib/security/access.conf", "/usr/lib/pam/security/access.conf"};

bool is_there(const std::string& path) {
  struct stat st {};
  return stat(path.c_str(), &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

} // namespace

parse::AccessPerson access_person(const parse::PasswdEntry& account, const parse::Groups& groups) {
  parse::AccessPerson person{
      .account = account.name, .uid = account.uid, .groups = {}, .gids = groups.of(account)};
  for (const std::uint32_t gid : person.gids) {
    if (const parse::GroupEntry* group = groups.find(gid)) person.groups.push_back(group->name);
  }
  return person;
}

PamAccess::PamAccess(const std::optional<std::vector<parse::PamLine>>& stack) {
  if (!stack) return;
  for (const parse::PamLine& one : *stack) {
    const bool asked = parse::is_word(one.type, "account") || parse::is_word(one.type, "session");
    if (!asked || one.module != "pam_access.so") continue;
    Line line{.place = "/etc/pam.d/" + one.file + ":" + std::to_string(one.number),
              .options = parse::access_options(one.arguments)};
    read(line);
    const std::string_view code = line.broken.empty() || line.options.file.empty()
                                      ? parse::perm_denied
                                      : parse::module_aborts;
    const auto decides = [&](std::string_view succeeds) {
      const auto is_it = [&](const parse::PamLine& other) { return &other == &one; };
      return parse::failing_line(*stack, one.type, is_it, code, succeeds) != nullptr;
    };
    line.behind_unix = decides("pam_unix.so");
    if (!decides({})) line.weight = parse::ignores(one, code) ? Weight::none : Weight::may_decide;
    lines_.push_back(std::move(line));
  }
}

// pam_access.c:pam_sm_authenticate(): the usual file may be away, one that is named may not.
void PamAccess::read(Line& line) {
  const bool named = !line.options.file.empty();
  const std::string path = named ? line.options.file : usual_file;
  if (!is_there(path)) {
    if (named) line.broken = path;
    for (const char* vendor : vendor_files) {
      if (!named && is_there(vendor)) line.unknown = vendor;
    }
  } else if (auto text = read_file(path)) {
    line.files.emplace_back(path, *text);
  } else {
    line.unknown = path; // too long, or no regular file
  }
  if (named) return;
  std::vector<std::string> more = expand_glob(more_files);
  std::ranges::sort(more);
  for (const std::string& one : more) {
    if (auto text = read_file(one))
      line.files.emplace_back(one, *text);
    else
      line.unknown = one;
  }
}

parse::AccessAnswer PamAccess::ask(const Line& line, const parse::AccessPerson& person,
                                   const parse::AccessOrigin& from) {
  parse::AccessRules rules{line.options, person, from};
  if (!line.broken.empty())
    rules.deny(line.broken);
  else if (!line.unknown.empty())
    rules.give_up(line.unknown);
  for (const auto& [path, text] : line.files) {
    if (rules.read(text, path)) break;
  }
  return {rules.verdict(), line.place, true, !line.broken.empty()};
}

std::vector<std::string> PamAccess::files() const {
  std::vector<std::string> paths;
  for (const Line& line : lines_) {
    for (const auto& [path, text] : line.files)
      paths.push_back(path);
  }
  return paths;
}

std::optional<parse::AccessAnswer> PamAccess::ask(const parse::AccessPerson& person,
                                                  const parse::AccessOrigin& from,
                                                  bool unix_passes) const {
  std::optional<parse::AccessAnswer> worst;
  const auto rank = [](const parse::AccessAnswer& answer) {
    return answer.says == Says::denied ? 2 : answer.says == Says::unknown ? 1 : 0;
  };
  for (const Line& line : lines_) {
    if (line.weight == Weight::none) continue;
    parse::AccessAnswer answer = ask(line, person, from);
    if (answer.says == Says::denied && line.weight == Weight::may_decide &&
        !(unix_passes && line.behind_unix)) {
      answer.says = Says::unknown;
      answer.certain = false;
    }
    if (!worst || rank(answer) > rank(*worst)) worst = std::move(answer);
  }
  return worst;
}

} // namespace sshguardd::host
