// The environment of a service; expand() has its file of its own, systemd_exec.cpp.
#include "parse/systemd_exec.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace sshguardd::parse {

namespace {

constexpr std::string_view white_space = " \t\n\r";
constexpr std::string_view line_ends = "\n\r"; // a CR ends an assignment too
constexpr std::string_view comment_marks = "#;";
constexpr std::string_view double_quote_escapes =
    "\"\\`$"; // shell's, string-util.h: SHELL_NEED_ESCAPE

// sysconf(_SC_ARG_MAX) with the usual stack limit; systemd exports nothing larger.
constexpr std::size_t arg_max = 2U * 1024U * 1024U;

bool one_of(std::string_view set, char c) {
  return set.find(c) != std::string_view::npos;
}

// env-util.c: env_name_is_valid
bool valid_name(std::string_view name) {
  if (name.empty() || name.size() > arg_max - 2 || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '_') return false;
  }
  return true;
}

// utf8.c: utf8_is_valid. Stricter than the encoding: no surrogates and no noncharacters
// (unichar_is_valid).
bool valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    std::size_t length = 1;
    std::uint32_t code = lead;
    std::uint32_t least = 0;
    if (lead >= 0x80U) {
      if ((lead & 0xE0U) == 0xC0U) {
        length = 2, code = lead & 0x1FU, least = 0x80U;
      } else if ((lead & 0xF0U) == 0xE0U) {
        length = 3, code = lead & 0x0FU, least = 0x800U;
      } else if ((lead & 0xF8U) == 0xF0U) {
        length = 4, code = lead & 0x07U, least = 0x10000U;
      } else {
        return false;
      }
    }
    if (length > text.size() - i) return false;
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0U) != 0x80U) return false;
      code = (code << 6U) | (next & 0x3FU);
    }
    const bool noncharacter = (code >= 0xFDD0U && code <= 0xFDEFU) || (code & 0xFFFEU) == 0xFFFEU;
    if (code < least || code > 0x10FFFFU || (code & 0xFFFFF800U) == 0xD800U || noncharacter)
      return false;
    i += length;
  }
  return true;
}

// env-util.c: env_assignment_is_valid; control characters are allowed in values.
bool valid_assignment(std::string_view name, std::string_view value) {
  return valid_name(name) && value.size() <= arg_max - 3 &&
         name.size() + value.size() + 1 < arg_max && value.find('\0') == std::string_view::npos &&
         valid_utf8(value);
}

// env-file.c: parse_env_file_internal, state by state. The states are kept apart because what looks
// like one rule is not: quotes count only at the start of a value or after a closed quote, and
// white space between two quoted parts is dropped.
class EnvironmentFileReader {
public:
  explicit EnvironmentFileReader(bool comments_continue) : comments_continue_{comments_continue} {}

  Environment read(std::string_view text) {
    for (const char c : text) {
      step(c);
      if (refused_) return {};
    }
    // The last line needs no newline, an open quote is closed by the end.
    if (state_ != State::pre_key && state_ != State::key && state_ != State::comment &&
        state_ != State::comment_escape) {
      push();
    }
    if (refused_) return {};
    return std::move(result_);
  }

private:
  enum class State {
    pre_key,
    key,
    pre_value,
    value,
    value_escape,
    single_quote,
    double_quote,
    double_quote_escape,
    comment,
    comment_escape
  };
  static constexpr std::size_t none = std::string::npos;

  void step(char c) {
    switch (state_) {
    case State::pre_key:
      if (one_of(comment_marks, c)) {
        state_ = State::comment;
      } else if (!one_of(white_space, c)) {
        state_ = State::key; // even '=': it becomes the name's first character
        key_end_ = none;
        key_ += c;
      }
      break;
    case State::key:
      if (one_of(line_ends, c)) {
        state_ = State::pre_key; // no '=': ignored
        key_.clear();
      } else if (c == '=') {
        state_ = State::pre_value;
        value_end_ = none;
      } else {
        append(key_, key_end_, c);
      }
      break;
    case State::pre_value:
      if (one_of(line_ends, c)) {
        push();
      } else if (c == '\'') {
        state_ = State::single_quote;
      } else if (c == '"') {
        state_ = State::double_quote;
      } else if (c == '\\') {
        state_ = State::value_escape;
      } else if (!one_of(white_space, c)) {
        state_ = State::value;
        value_ += c;
      }
      break;
    case State::value:
      if (one_of(line_ends, c)) {
        push();
      } else if (c == '\\') {
        state_ = State::value_escape;
        value_end_ = none;
      } else {
        append(value_, value_end_, c);
      }
      break;
    case State::value_escape:
      state_ = State::value;
      if (!one_of(line_ends, c)) value_ += c;
      break;
    case State::single_quote:
    case State::double_quote:
      in_quotes(c);
      break;
    case State::double_quote_escape:
      state_ = State::double_quote;
      if (one_of(double_quote_escapes, c)) {
        value_ += c;
      } else if (c != '\n') {
        (value_ += '\\') += c;
      }
      break;
    case State::comment:
      if (c == '\\') {
        state_ = State::comment_escape;
      } else if (one_of(line_ends, c)) {
        state_ = State::pre_key;
      }
      break;
    case State::comment_escape: // since 254 the escape no longer joins the next line to the comment
      state_ = one_of(line_ends, c) && !comments_continue_ ? State::pre_key : State::comment;
      break;
    }
  }

  void in_quotes(char c) {
    const char quote = state_ == State::single_quote ? '\'' : '"';
    if (c == quote) {
      state_ = State::pre_value;
    } else if (c == '\\' && state_ == State::double_quote) {
      state_ = State::double_quote_escape;
    } else {
      value_ += c;
    }
  }

  // Appends and remembers where trailing white space begins.
  static void append(std::string& text, std::size_t& end, char c) {
    if (!one_of(white_space, c)) {
      end = none;
    } else if (end == none) {
      end = text.size();
    }
    text += c;
  }

  void push() {
    if (key_end_ != none) key_.resize(key_end_);
    if (state_ == State::value && value_end_ != none) value_.resize(value_end_);
    // Bad UTF-8 fails the file; an invalid name only loses its line (strv_env_clean).
    refused_ = !valid_utf8(key_) || !valid_utf8(value_);
    if (!refused_ && valid_assignment(key_, value_)) result_.insert_or_assign(key_, value_);
    state_ = State::pre_key;
    key_.clear();
    value_.clear();
  }

  bool comments_continue_;
  bool refused_ = false;
  State state_ = State::pre_key;
  std::string key_;
  std::string value_;
  std::size_t key_end_ = none;
  std::size_t value_end_ = none;
  Environment result_;
};

} // namespace

Environment environment_file(std::string_view text, int systemd_version) {
  // fileio.c: read_full_file fails with EBADMSG on a NUL where the caller wants a string.
  if (text.find('\0') != std::string_view::npos) return {};
  return EnvironmentFileReader{systemd_version < 254}.read(text);
}

void assign(Environment& into, const std::vector<std::string>& assignments) {
  for (const std::string_view entry : assignments) {
    const std::size_t equals = entry.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = entry.substr(0, equals);
    const std::string_view value = entry.substr(equals + 1);
    if (valid_assignment(name, value)) into.insert_or_assign(std::string{name}, std::string{value});
  }
}

void unset(Environment& from, const std::vector<std::string>& names) {
  for (const std::string_view entry : names) { // env-util.c: env_match
    const std::size_t equals = entry.find('=');
    const auto found = from.find(entry.substr(0, equals));
    if (found == from.end()) continue;
    if (equals == std::string_view::npos || found->second == entry.substr(equals + 1))
      from.erase(found);
  }
}

} // namespace sshguardd::parse
