#include "parse/access_origin.hpp"

#include "parse/ascii.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include <arpa/inet.h>

namespace sshguardd::parse {
namespace {

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  int family = AF_INET;

  bool operator==(const Address&) const = default;
};

std::optional<Address> address_of(const std::string& text, int family) {
  Address address{.family = family};
  if (inet_pton(family, text.c_str(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

std::optional<Address> address_of(const std::string& text) {
  const auto found = address_of(text, AF_INET);
  return found ? found : address_of(text, AF_INET6);
}

// The number behind a slash: nothing where pam_access takes it for none. No mask for 0, which is
// pam_access's own way.
struct Mask {
  std::optional<Address> bits;
};
std::optional<Mask> mask_of(const std::string& text, int family) {
  // One of the other family is no mask, and no error either.
  if (address_of(text)) return Mask{address_of(text, family)};
  char* end = nullptr;
  long length = std::strtol(text.c_str(), &end, 0);
  const long most = family == AF_INET ? 32 : 128;
  if (end == text.c_str() || *end != '\0' || length < 0 || length > most) return std::nullopt;
  if (length == 0) return Mask{};
  Mask mask{Address{.family = family}};
  for (std::uint8_t& byte : mask.bits->bytes) {
    const long here = length < 8 ? length : 8;
    byte = static_cast<std::uint8_t>(0xFFU << (8U - static_cast<unsigned>(here)));
    length -= here;
  }
  return mask;
}

bool is_loopback(const Address& address) {
  return address == address_of("127.0.0.1") || address == address_of("::1");
}

// pam_access.c:are_addresses_equal(). From 1.7 on the two loopback addresses are one.
Fits equal(Address one, Address other, const Mask& mask) {
  if (one.family != other.family)
    return is_loopback(one) && is_loopback(other) ? Fits::maybe : Fits::no;
  for (std::size_t at = 0; mask.bits && at < one.bytes.size(); ++at) {
    one.bytes[at] &= mask.bits->bytes[at];
    other.bytes[at] &= mask.bits->bytes[at];
  }
  return one == other ? Fits::yes : Fits::no;
}

// Where somebody sits at the machine itself, or a service's name: access.conf(5).
bool is_terminal(std::string_view word) {
  if (word.starts_with(':')) return true;
  if (word.find('.') != std::string_view::npos) return false;
  return word.starts_with("tty") || word.starts_with("pts/") || word.starts_with("vc/") ||
         word == "console" || word == "cron" || word == "crond";
}

} // namespace

Fits origin_fits(std::string_view word, const AccessOrigin& from) {
  if (word.starts_with('@')) return Fits::maybe; // a netgroup
  if (is_word(word, "all")) return Fits::yes;
  if (!from.address.empty() && !from.by_name && is_same_word(word, from.address)) return Fits::yes;
  if (is_word(word, "local") || is_terminal(word)) return Fits::no;
  const auto address = address_of(std::string{from.address});
  if (from.by_name || !address) return Fits::maybe; // nobody said, or it is a name
  if (word.starts_with('.')) {                      // a domain; of an address its end
    const bool end = from.address.size() > word.size() &&
                     is_same_word(from.address.substr(from.address.size() - word.size()), word);
    return end ? Fits::yes : Fits::no;
  }
  if (word.ends_with('.'))
    return address->family == AF_INET && (std::string{from.address} + ".").starts_with(word)
               ? Fits::yes
               : Fits::no;
  const std::size_t slash = word.find('/');
  const auto network = address_of(std::string{word.substr(0, slash)});
  if (slash != std::string_view::npos) {
    if (!network) return Fits::no;
    const auto mask = mask_of(std::string{word.substr(slash + 1)}, network->family);
    return mask ? equal(*address, *network, *mask) : Fits::no;
  }
  if (network) return equal(*address, *network, {});
  return from.no_dns ? Fits::no : Fits::maybe;
}

} // namespace sshguardd::parse
