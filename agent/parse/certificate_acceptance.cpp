#include "parse/certificate_acceptance.hpp"

#include "parse/authorized_keys.hpp"
#include "parse/host_pattern.hpp"
#include "parse/key_acceptance.hpp"
#include "parse/key_options.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace sshguardd::parse {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\n";
  const std::size_t start = std::min(text.find_first_not_of(" \t"), text.size());
  const std::size_t end = text.find_last_not_of(blanks);
  if (end == std::string_view::npos || end < start) return {};
  return text.substr(start, end + 1 - start);
}

// addrmatch.c:addr_match_cidr_list(): addresses and networks, no wildcards, nothing negated.
std::string why_not_from(const std::string& list, std::string_view address) {
  if (list.empty() || list.find_first_of("!*?") != std::string::npos)
    return "its source-address is faulty";
  if (address.empty()) return {};
  switch (match_host(address, list)) {
  case HostMatch::yes:
    return {};
  case HostMatch::no:
    return "its source-address does not name " + std::string{address};
  case HostMatch::wrong:
    break;
  }
  return "its source-address is faulty";
}

} // namespace

std::string why_rejected(const Certificate& certificate, const LoginRules& rules,
                         const AccessSettings& settings, std::int64_t now,
                         std::string_view address) {
  const unsigned bits = authorized_key(certificate.key).bits;
  if (std::string why = why_type_rejected(certificate.type, bits, rules); !why.empty()) return why;
  const auto& signatures = settings.ca_algorithms;
  if (!signatures.empty() &&
      std::ranges::find(signatures, certificate.signature_type) == signatures.end())
    return "CASignatureAlgorithms does not take " + certificate.signature_type;
  if (!certificate.user) return "it is a host's, not a user's";
  const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(now, 0));
  if (time < certificate.valid_after)
    return "it is not valid before " + date_of(static_cast<std::int64_t>(std::min<std::uint64_t>(
                                           certificate.valid_after, INT64_MAX)));
  if (time >= certificate.valid_before)
    return "it has expired: valid until " +
           date_of(static_cast<std::int64_t>(certificate.valid_before));
  if (!certificate.unknown_option.empty())
    return "sshd does not know its critical option " + certificate.unknown_option;
  return certificate.has_source_address ? why_not_from(certificate.source_address, address)
                                        : std::string{};
}

bool names(const Certificate& certificate, std::string_view name) {
  return std::ranges::find(certificate.principals, name) != certificate.principals.end();
}

bool names_one_of(const Certificate& certificate, std::string_view list) {
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), name.size() + 1));
    if (!name.empty() && names(certificate, name)) return true;
  }
  return false;
}

PrincipalsLine principals_line(std::string_view text, const Certificate& certificate,
                               std::int64_t now, std::string_view address) {
  PrincipalsLine found;
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    line = line.substr(0, line.find('\0'));
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    // strrchr(): the last blank, or where there is none the last tab.
    std::size_t blank = line.rfind(' ');
    if (blank == std::string_view::npos) blank = line.rfind('\t');
    const std::string_view name =
        blank == std::string_view::npos ? line : trimmed(line.substr(blank));
    if (!names(certificate, name)) continue;
    // What stands before it goes to its first blank outside of quotes.
    const std::string_view before = blank == std::string_view::npos ? "" : line;
    const auto size = key_options_size(before);
    const KeyOptions options = key_options(before.substr(0, size.value_or(before.size())));
    if (!size || !options.why.empty()) continue;
    found.number = number;
    found.command = options.command;
    found.why = options.cert_authority
                    ? "cert-authority has no place here"
                    : why_options_rejected(options.expiry, options.from, now, address);
    return found;
  }
  return found;
}

} // namespace sshguardd::parse
