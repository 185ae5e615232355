#include "parse/authorized_keys.hpp"
#include "parse/key_blob.hpp"
#include "parse/lines.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace sshguardd::parse {
namespace {

using Kind = KeyLine::Kind;

constexpr std::string_view blanks = " \t\r\v\f";

class Reader {
public:
  Reader(std::string_view text, const KeyVisitor& visit) : rest_{text}, visit_{visit} {}

  KeyLines read() {
    while (next()) {
      KeyLine key = authorized_key(line_);
      if (key.kind == Kind::key) {
        ++lines_.keys;
        if (visit_) visit_(number_, key);
      }
      if (key.another) add(number_, "two keys joined on one line: sshd sees the first");
      if (key.kind != Kind::bad) continue;
      const std::uint32_t first = number_;
      if (key.cut) {
        rejoin(key);
      } else if (const std::string_view end = last_line(); !end.empty()) {
        skip_to(end);
      } else if (line_.find('\0') != std::string_view::npos) {
        while (!rest_.empty() && peek().find('\0') != std::string_view::npos &&
               authorized_key(peek()).kind != Kind::key)
          (void)next();
      }
      add(first, std::move(key.why));
    }
    return std::move(lines_);
  }

private:
  [[nodiscard]] std::string_view peek() const { return rest_.substr(0, rest_.find('\n')); }

  bool next() {
    if (rest_.empty()) return false;
    line_ = peek();
    rest_.remove_prefix(std::min(line_.size() + 1, rest_.size()));
    ++number_;
    return true;
  }

  void add(std::uint32_t line, std::string why) {
    ++lines_.bad_lines;
    if (lines_.bad.size() < KeyLines::most_bad) lines_.bad.push_back({line, std::move(why)});
  }

  // How the last line begins of what begins with this one; empty: it is a single line.
  [[nodiscard]] std::string_view last_line() const {
    const std::string_view text = trimmed(line_, blanks);
    if (text.starts_with("PuTTY-User-Key-File-")) return "Private-MAC:";
    if (text.starts_with("---- BEGIN ")) return "---- END ";
    // Its lines were joined to one.
    if (!text.starts_with("-----BEGIN ") || text.find("-----END ") != std::string_view::npos)
      return {};
    return "-----END ";
  }

  // Where its end is missing, it ends before the next key.
  void skip_to(std::string_view end) {
    while (!rest_.empty() && authorized_key(peek()).kind != Kind::key) {
      (void)next();
      if (trimmed(line_, blanks).starts_with(end)) return;
    }
  }

  // Takes the lines that the rest of a key's data is on. Each letter is joined once.
  void rejoin(KeyLine& key) {
    constexpr std::size_t long_enough = 16; // for data: words of prose are of these letters too
    constexpr std::size_t most = 64 << 10;
    const std::uint32_t first = number_;
    std::string joined{trimmed(line_, blanks)};
    if (key.base64.empty()) joined += ' ';
    for (bool ends = false; !ends && !rest_.empty() && joined.size() < most;) {
      const std::string_view line = trimmed(peek(), blanks);
      const std::string_view word = line.substr(0, line.find_first_of(" \t"));
      if (!is_base64(word)) break;
      // Another key that lacks its type.
      if (!joined.ends_with(' ') && key_blob(word).type != nullptr) break;
      joined += word;
      ends = word.size() != line.size() || word.ends_with('=');
      if (word.size() < long_enough) {
        ends = true;
        if (authorized_key(joined).kind != Kind::key) break;
      }
      (void)next();
    }
    if (number_ != first)
      key.why = "a key split over " + std::to_string(number_ - first + 1) + " lines";
  }

  std::string_view rest_;
  std::string_view line_;
  const KeyVisitor& visit_;
  std::uint32_t number_ = 0;
  KeyLines lines_;
};

} // namespace

KeyLines authorized_keys(std::string_view text, const KeyVisitor& visit) {
  return Reader{text, visit}.read();
}

} // namespace sshguardd::parse
