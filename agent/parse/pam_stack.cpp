#include "parse/pam_stack.hpp"

#include "parse/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace sshguardd::parse {
namespace {

constexpr int max_depth = 8;
constexpr std::size_t most_files = 32;
constexpr std::size_t most_lines = 1024;

// Those that let nobody in by themselves, or by shadow(5) alone.
constexpr std::array<std::string_view, 24> local_modules{
    "pam_unix.so",      "pam_deny.so",      "pam_permit.so",   "pam_env.so",
    "pam_faildelay.so", "pam_faillock.so",  "pam_nologin.so",  "pam_succeed_if.so",
    "pam_cap.so",       "pam_localuser.so", "pam_sepermit.so", "pam_selinux.so",
    "pam_tally2.so",    "pam_shells.so",    "pam_access.so",   "pam_usertype.so",
    "pam_securetty.so", "pam_warn.so",      "pam_listfile.so", "pam_group.so",
    "pam_limits.so",    "pam_time.so",      "pam_umask.so",    "pam_echo.so"};

// Words end at blanks; one in brackets may hold them.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  constexpr std::string_view blanks = " \t\r";
  for (;;) {
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(blanks)));
    if (line.empty()) return words;
    const bool bracket = line.front() == '[' && line.find(']') != std::string_view::npos;
    const std::size_t end = bracket ? line.find(']') + 1 : line.find_first_of(blanks);
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(std::min(line.size(), words.back().size()));
  }
}

// A line may go on in the next one.
std::string joined(std::string text) {
  for (std::size_t at = 0; (at = text.find("\\\n", at)) != std::string::npos;)
    text.replace(at, 2, " ");
  return text;
}

class Stack {
public:
  explicit Stack(const ReadPamFile& read) : read_{read} {}

  bool add(const std::string& name, std::string_view only, int depth) {
    const auto text = depth <= max_depth && ++files_ <= most_files ? read_(name) : std::nullopt;
    if (!text) return false;
    const std::string whole = joined(*text);
    for (std::string_view rest = whole; !rest.empty();) {
      std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      line = line.substr(0, line.find('#'));
      if (!take(words_of(line), only, depth)) return false;
    }
    return true;
  }

  std::vector<PamLine> lines;

private:
  bool take(const std::vector<std::string>& words, std::string_view only, int depth) {
    if (words.size() == 2 && is_word(words[0], "@include")) return add(words[1], only, depth + 1);
    if (words.size() < 3) return true; // PAM passes over it
    std::string type = words[0];
    if (type.starts_with('-')) type.erase(0, 1); // the module need not be there
    if (!only.empty() && !is_word(type, only)) return true;
    if (is_word(words[1], "include") || is_word(words[1], "substack"))
      return add(words[2], type, depth + 1);
    if (lines.size() >= most_lines) return false;
    lines.push_back({.type = std::move(type),
                     .module = words[2].substr(words[2].rfind('/') + 1),
                     .arguments = {words.begin() + 3, words.end()}});
    return true;
  }

  const ReadPamFile& read_;
  std::size_t files_ = 0;
};

} // namespace

std::optional<std::vector<PamLine>> pam_stack(const std::string& service, const ReadPamFile& read) {
  Stack stack{read};
  const char* other = "other";
  if (!stack.add(read(service) ? service : other, {}, 0)) return std::nullopt;
  return std::move(stack.lines);
}

const PamLine* find_module(const std::vector<PamLine>& lines, std::string_view type,
                           std::string_view module) {
  const auto found = std::ranges::find_if(lines, [&](const PamLine& line) {
    return is_word(line.type, type) && line.module == module;
  });
  return found == lines.end() ? nullptr : &*found;
}

std::string foreign_auth(const std::vector<PamLine>& lines) {
  const auto found = std::ranges::find_if(lines, [](const PamLine& line) {
    return is_word(line.type, "auth") &&
           std::ranges::find(local_modules, line.module) == local_modules.end();
  });
  return found == lines.end() ? "" : found->module;
}

} // namespace sshguardd::parse
