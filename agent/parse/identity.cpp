#include "parse/identity.hpp"

#include <algorithm>

namespace sshguardd::parse {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view skip_blanks(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(blanks), text.size()));
}

bool base64(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/' || c == '=';
}

bool address_letter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '.' || c == ':';
}

bool type_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

} // namespace

std::optional<KeyFingerprint> key_fingerprint(std::string_view ssh_keygen) {
  constexpr std::string_view mark = " SHA256:";
  constexpr std::size_t hash_size = 43; // 256 bits in base64 without padding
  std::string_view line = ssh_keygen.substr(0, ssh_keygen.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  // The comment between hash and type is anybody's: the first hash and the last word count.
  const std::size_t at = line.find(mark);
  if (at == std::string_view::npos || at == 0 ||
      !std::ranges::all_of(line.substr(0, at), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  const std::string_view rest = line.substr(at + mark.size());
  const std::string_view hash = rest.substr(0, rest.find(' '));
  const std::size_t open = line.rfind(" (");
  if (hash.size() != hash_size || !std::ranges::all_of(hash, base64) ||
      open == std::string_view::npos || !line.ends_with(')'))
    return std::nullopt;
  const std::string_view type = line.substr(open + 2, line.size() - open - 3);
  if (type.empty() || !std::ranges::all_of(type, type_letter)) return std::nullopt;
  return KeyFingerprint{std::string{type}, "SHA256:" + std::string{hash}};
}

std::vector<std::string> global_addresses(std::string_view hostname) {
  constexpr std::size_t longest = 45; // INET6_ADDRSTRLEN without its end
  constexpr std::string_view local[] = {"127.", "169.254.", "fe8", "fe9", "fea", "feb"};
  std::vector<std::string> addresses;
  for (std::string_view rest = skip_blanks(hostname); !rest.empty(); rest = skip_blanks(rest)) {
    const std::string_view word = rest.substr(0, rest.find_first_of(blanks));
    rest.remove_prefix(word.size());
    if (word == "::1" || word.size() > longest || word.find_first_of(".:") == word.npos ||
        !std::ranges::all_of(word, address_letter) ||
        std::ranges::any_of(local, [word](auto start) { return word.starts_with(start); }))
      continue;
    addresses.emplace_back(word);
  }
  return addresses;
}

std::string instance_id(std::string_view instance_data) {
  constexpr std::string_view key = "\"instance_id\"";
  for (std::size_t at = instance_data.find(key); at != std::string_view::npos;
       at = instance_data.find(key, at + 1)) {
    std::string_view rest = skip_blanks(instance_data.substr(at + key.size()));
    if (!rest.starts_with(':')) continue;
    rest = skip_blanks(rest.substr(1));
    if (!rest.starts_with('"')) continue;
    const std::string_view value = rest.substr(1, rest.find_first_of("\"\\\n", 1) - 1);
    if (!value.empty() && rest.size() > value.size() + 1 && rest[value.size() + 1] == '"')
      return std::string{value};
  }
  return {};
}

} // namespace sshguardd::parse
