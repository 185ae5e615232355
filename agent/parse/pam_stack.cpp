#include "parse/pam_stack.hpp"

#include "parse/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <system_error>

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

// What a control makes of an answer, as far as it matters here.
struct Control {
  bool fails = false;       // the login
  bool ignored = false;     // it is as if the module were not there
  bool may_end = false;     // what follows may not be asked: "sufficient", "done"
  std::size_t may_skip = 0; // so many lines
  bool may_reset = false;   // an earlier failure may be forgotten
};

Control control_of(std::string_view text, std::string_view code) {
  if (is_word(text, "required") || is_word(text, "requisite")) return {.fails = true};
  if (is_word(text, "sufficient")) return {.ignored = true, .may_end = true};
  if (is_word(text, "optional")) return {.ignored = true};
  Control control;
  if (!text.starts_with('[') || !text.ends_with(']')) return control;
  bool named = false; // what becomes of that failure
  for (const std::string& word : words_of(text.substr(1, text.size() - 2))) {
    const std::string_view value = std::string_view{word}.substr(0, word.find('='));
    const std::string_view action =
        value.size() == word.size() ? "" : std::string_view{word}.substr(value.size() + 1);
    if (is_word(action, "done")) control.may_end = true;
    if (is_word(action, "reset")) control.may_reset = true;
    std::size_t skipped = 0;
    if (std::from_chars(action.data(), action.data() + action.size(), skipped).ec == std::errc{})
      control.may_skip = std::max(control.may_skip, skipped);
    const bool own = is_word(value, code);
    if (!own && (named || !is_word(value, "default"))) continue;
    named = named || own;
    control.fails = is_word(action, "bad") || is_word(action, "die");
    control.ignored = is_word(action, "ignore");
  }
  return control;
}

// How many lines are passed over where the module says that all is well; nothing where that ends
// the stack, or is not said.
std::optional<std::size_t> jump_of_success(const PamLine& line) {
  const std::string_view text = line.control;
  if (is_word(text, "required") || is_word(text, "requisite") || is_word(text, "optional"))
    return 0;
  if (!text.starts_with('[') || !text.ends_with(']')) return std::nullopt;
  std::optional<std::size_t> jump;
  for (const std::string& word : words_of(text.substr(1, text.size() - 2))) {
    const std::size_t sign = std::min(word.find('='), word.size());
    if (!is_word(std::string_view{word}.substr(0, sign), "success")) continue;
    const std::string_view action = std::string_view{word}.substr(std::min(sign + 1, word.size()));
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(action.data(), action.data() + action.size(), number);
    if (is_word(action, "ok") || is_word(action, "ignore"))
      jump = 0;
    else if (error == std::errc{} && end == action.data() + action.size())
      jump = number;
    else
      return std::nullopt;
  }
  return jump;
}

class Stack {
public:
  explicit Stack(const ReadPamFile& read) : read_{read} {}

  bool add(const std::string& name, std::string_view only, int depth) {
    const auto text = depth <= max_depth && ++files_ <= most_files ? read_(name) : std::nullopt;
    if (!text) return false;
    std::uint32_t number = 0;
    std::uint32_t first = 1;
    std::string line; // may go on in the next one
    for (std::string_view rest = *text; !rest.empty();) {
      const std::string_view part = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), part.size() + 1));
      if (line.empty()) first = number + 1;
      ++number;
      const bool goes_on = part.ends_with('\\') && !rest.empty();
      line += goes_on ? std::string{part.substr(0, part.size() - 1)} + " " : std::string{part};
      if (goes_on) continue;
      if (!take(words_of(line.substr(0, line.find('#'))), only, depth, {name, first})) return false;
      line.clear();
    }
    return true;
  }

  std::vector<PamLine> lines;

private:
  struct Place {
    const std::string& file;
    std::uint32_t number;
  };

  bool take(const std::vector<std::string>& words, std::string_view only, int depth,
            const Place& place) {
    if (words.size() == 2 && is_word(words[0], "@include")) return add(words[1], only, depth + 1);
    if (words.size() < 3) return true; // PAM passes over it
    std::string type = words[0];
    const bool quiet = type.starts_with('-');
    if (quiet) type.erase(0, 1);
    if (!only.empty() && !is_word(type, only)) return true;
    if (is_word(words[1], "include") || is_word(words[1], "substack"))
      return add(words[2], type, depth + 1);
    if (lines.size() >= most_lines) return false;
    lines.push_back({.type = std::move(type),
                     .control = words[1],
                     .path = words[2],
                     .module = words[2].substr(words[2].rfind('/') + 1),
                     .arguments = {words.begin() + 3, words.end()},
                     .may_be_missing = quiet,
                     .file = place.file,
                     .number = place.number});
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

const PamLine* failing_line(const std::vector<PamLine>& lines, std::string_view type,
                            const std::function<bool(const PamLine&)>& fails, std::string_view code,
                            std::string_view succeeds) {
  const PamLine* found = nullptr;
  std::size_t uncertain = 0; // so many lines that an earlier one may skip
  std::size_t skipped = 0;   // ... that an earlier one does skip
  const std::string* jumps_in = nullptr;
  for (const PamLine& line : lines) {
    if (!is_word(line.type, type)) continue;
    if (skipped > 0) {
      if (line.file != *jumps_in) return nullptr; // a substack may count as one
      --skipped;
      continue;
    }
    const Control control = control_of(line.control, code);
    if (control.may_reset) return nullptr;
    if (found != nullptr) continue; // only for the one thing that could undo it
    const bool quiet = line.may_be_missing && code == module_unknown;
    if (uncertain == 0 && control.fails && !quiet && fails(line)) {
      found = &line;
      continue;
    }
    if (uncertain == 0 && !succeeds.empty() && line.module == succeeds) {
      if (const auto jump = jump_of_success(line)) {
        skipped = *jump;
        jumps_in = &line.file;
        continue;
      }
    }
    if (control.may_end) return nullptr;
    uncertain = std::max(uncertain - (uncertain > 0 ? 1 : 0), control.may_skip);
  }
  return found;
}

bool ignores(const PamLine& line, std::string_view code) {
  return control_of(line.control, code).ignored;
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
