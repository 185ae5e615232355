#include "engine/encode.hpp"

#include <algorithm>

namespace sshguardd::engine {
namespace {

constexpr std::string_view dots = "...";

void append_unit(std::string& out, char c, bool word) {
  constexpr std::string_view hex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  switch (c) {
  case '\\':
    out += "\\\\";
    return;
  case '\n':
    out += "\\n";
    return;
  case '\r':
    out += "\\r";
    return;
  case '\t':
    out += "\\t";
    return;
  default:
    break;
  }
  if (byte > 0x20 && byte < 0x7f) {
    out += c;
  } else if (byte == 0x20 && !word) {
    out += c;
  } else {
    out += "\\x";
    out += hex[byte >> 4U];
    out += hex[byte & 0xfU];
  }
}

// Stops as soon as it is too long: a text of any size costs no more than `limit`.
std::string encode_units(std::string_view text, std::size_t limit, bool word) {
  std::string out;
  out.reserve(std::min(text.size(), limit));
  for (const char c : text) {
    append_unit(out, c, word);
    if (out.size() > limit) return cut_encoded(out, limit);
  }
  return out;
}

// How many bytes the unit at `at` has: a character, an escape by name, or \xHH.
std::size_t unit_size(std::string_view encoded, std::size_t at) {
  if (encoded[at] != '\\' || at + 1 == encoded.size()) return 1;
  return encoded[at + 1] == 'x' ? 4 : 2;
}

} // namespace

std::string encode(std::string_view text, std::size_t limit) {
  return encode_units(text, limit, false);
}

std::string encode_word(std::string_view text, std::size_t limit) {
  return text.empty() ? "-" : encode_units(text, limit, true);
}

std::string cut_encoded(std::string_view encoded, std::size_t limit) {
  if (encoded.size() <= limit) return std::string{encoded};
  if (limit <= dots.size()) return std::string{dots.substr(0, limit)};
  const std::size_t room = limit - dots.size();
  std::size_t end = 0;
  while (end < room) {
    const std::size_t next = end + unit_size(encoded, end);
    if (next > room) break;
    end = next;
  }
  return std::string{encoded.substr(0, end)}.append(dots);
}

} // namespace sshguardd::engine
