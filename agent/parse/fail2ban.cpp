#include "parse/fail2ban.hpp"

#include <cstddef>
#include <cstdint>
#include <map>

namespace sshguardd::parse {
namespace {

using Text = std::string_view;

constexpr std::size_t most_values = 65'536;

// What is on the stack. Lists and dictionaries are kept flat, as all that came into them, which is
// enough for the one form that is expected.
struct Value {
  enum class Kind { mark, none, number, text, string_type, list, dict } kind = Kind::none;
  std::uint32_t number = 0;
  std::string text;                 // of a text
  std::vector<std::string> members; // of a list: its texts
  std::vector<JailBan> bans;        // of a list: of the dictionaries in it; of a dictionary
};

class Reader {
public:
  explicit Reader(Text text) : text_{text} {}

  std::optional<std::vector<JailBan>> read() {
    while (!text_.empty()) {
      const auto code = static_cast<unsigned char>(text_.front());
      text_.remove_prefix(1);
      if (code == '.') return result();
      if (!step(code) || stack_.size() > most_values) return std::nullopt;
    }
    return std::nullopt;
  }

private:
  using Kind = Value::Kind;

  bool step(unsigned char code) {
    switch (code) {
    case 0x80: // PROTO
      return skip(1);
    case 0x95: // FRAME
      return skip(8);
    case 'K': // BININT1
      return push_number(1);
    case 'M': // BININT2
      return push_number(2);
    case 'J': // BININT
      return push_number(4);
    case 0x8c: // SHORT_BINUNICODE
      return push_text(1);
    case 'X': // BINUNICODE
      return push_text(4);
    case 'N': // NONE
      return push(Kind::none);
    case '(': // MARK
      return push(Kind::mark);
    case ']': // EMPTY_LIST
      return push(Kind::list);
    case '}': // EMPTY_DICT
      return push(Kind::dict);
    case 0x94: // MEMOIZE
      return memoize();
    case 'h': // BINGET
      return recall(1);
    case 'j': // LONG_BINGET
      return recall(4);
    case 'a': // APPEND
      return stack_.size() >= 2 && append(stack_.size() - 1);
    case 'e': // APPENDS
      return append(after_mark());
    case 's': // SETITEM
      return stack_.size() >= 3 && set_items(stack_.size() - 2);
    case 'u': // SETITEMS
      return set_items(after_mark());
    // An address is a string of a kind of its own: builtins.str(("192.0.2.1",)).
    case 0x93: // STACK_GLOBAL
      return string_type();
    case 0x85: // TUPLE1
      return !stack_.empty() && stack_.back().kind == Kind::text;
    case 'R': // REDUCE
      return make_string();
    case 0x86: // TUPLE2: the answer itself
      return stack_.size() >= 2;
    default:
      return false;
    }
  }

  bool skip(std::size_t size) {
    if (text_.size() < size) return false;
    text_.remove_prefix(size);
    return true;
  }

  bool push(Kind kind) {
    stack_.push_back({.kind = kind, .text = {}, .members = {}, .bans = {}});
    return true;
  }

  std::optional<std::uint32_t> number(std::size_t size) {
    if (text_.size() < size) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = size; i-- > 0;)
      value = value << 8U | static_cast<unsigned char>(text_[i]);
    text_.remove_prefix(size);
    return value;
  }

  bool push_number(std::size_t size) {
    const auto value = number(size);
    if (!value) return false;
    push(Kind::number);
    stack_.back().number = *value;
    return true;
  }

  bool push_text(std::size_t size) {
    const auto length = number(size);
    if (!length || *length > text_.size()) return false;
    push(Kind::text);
    stack_.back().text = text_.substr(0, *length);
    text_.remove_prefix(*length);
    return true;
  }

  bool string_type() {
    if (stack_.size() < 2) return false;
    const Value& module = stack_[stack_.size() - 2];
    if (module.kind != Kind::text || module.text != "builtins" ||
        stack_.back().kind != Kind::text || stack_.back().text != "str")
      return false;
    stack_.resize(stack_.size() - 2);
    return push(Kind::string_type);
  }

  bool make_string() {
    if (stack_.size() < 2 || stack_.back().kind != Kind::text ||
        stack_[stack_.size() - 2].kind != Kind::string_type)
      return false;
    stack_.erase(stack_.end() - 2);
    return true;
  }

  // Only texts and their type are used again (one name in two places).
  bool memoize() {
    if (stack_.empty()) return false;
    if (stack_.back().kind == Kind::text || stack_.back().kind == Kind::string_type)
      memo_[memoized_] = stack_.back();
    ++memoized_;
    return true;
  }

  bool recall(std::size_t size) {
    const auto which = number(size);
    const auto found = which ? memo_.find(*which) : memo_.end();
    // What is said once and recalled often would grow without end.
    if (found == memo_.end() || (recalled_ += found->second.text.size() + 1) > most_values)
      return false;
    stack_.push_back(found->second);
    return true;
  }

  // The place of the first value after the last mark, which is taken away; 0: there is none.
  std::size_t after_mark() {
    for (std::size_t place = stack_.size(); place-- > 1;) {
      if (stack_[place].kind != Kind::mark) continue;
      stack_.erase(stack_.begin() + static_cast<std::ptrdiff_t>(place));
      return place;
    }
    return 0;
  }

  // All from `first` on into the list before it.
  bool append(std::size_t first) {
    if (first == 0 || stack_[first - 1].kind != Kind::list) return false;
    Value& list = stack_[first - 1];
    for (std::size_t place = first; place < stack_.size(); ++place) {
      Value& one = stack_[place];
      if (one.kind == Kind::text)
        list.members.push_back(std::move(one.text));
      else if (one.kind == Kind::dict)
        list.bans.insert(list.bans.end(), one.bans.begin(), one.bans.end());
      else
        return false;
    }
    stack_.resize(first);
    return true;
  }

  // Pairs of a jail's name and a list of addresses.
  bool set_items(std::size_t first) {
    if (first == 0 || stack_[first - 1].kind != Kind::dict || (stack_.size() - first) % 2 != 0)
      return false;
    for (std::size_t place = first; place < stack_.size(); place += 2) {
      Value& name = stack_[place];
      Value& list = stack_[place + 1];
      if (name.kind != Kind::text || list.kind != Kind::list || !list.bans.empty()) return false;
      // As much text as there are members.
      if ((recalled_ += name.text.size() * list.members.size()) > 16 * most_values) return false;
      for (std::string& address : list.members)
        stack_[first - 1].bans.push_back({name.text, std::move(address)});
    }
    stack_.resize(first);
    return true;
  }

  // (0, [...]): everything else is a refusal.
  [[nodiscard]] std::optional<std::vector<JailBan>> result() {
    if (stack_.size() != 2 || stack_[0].kind != Kind::number || stack_[0].number != 0 ||
        stack_[1].kind != Kind::list || !stack_[1].members.empty())
      return std::nullopt;
    return std::move(stack_[1].bans);
  }

  Text text_;
  std::vector<Value> stack_;
  std::map<std::uint32_t, Value> memo_;
  std::uint32_t memoized_ = 0;
  std::size_t recalled_ = 0;
};

} // namespace

std::optional<std::vector<JailBan>> fail2ban_banned(std::string_view answer) {
  const std::size_t end = answer.find(fail2ban_end);
  if (end == Text::npos) return std::nullopt;
  return Reader{answer.substr(0, end)}.read();
}

} // namespace sshguardd::parse
