// Whether sshd takes a user's certificate, beside the trust in whoever signed it.
#pragma once

#include "parse/access_settings.hpp"
#include "parse/certificate.hpp"
#include "sshguardd/accounts.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sshguardd::parse {

// Why it does not, whomever it is for, in words; empty: it does. auth2-pubkey.c:userauth_pubkey(),
// sshkey.c:sshkey_cert_check_authority(), auth-options.c:sshauthopt_from_cert().
[[nodiscard]] std::string why_rejected(const Certificate& certificate, const LoginRules& rules,
                                       const AccessSettings& settings, std::int64_t now,
                                       std::string_view address);

// Whether one of its principals is of a list with commas (principals= before a key), or the name.
[[nodiscard]] bool names_one_of(const Certificate& certificate, std::string_view list);
[[nodiscard]] bool names(const Certificate& certificate, std::string_view name);

// A line of AuthorizedPrincipalsFile that names one of its principals
// (auth2-pubkeyfile.c:auth_process_principals()): the first one, whatever its options say.
struct PrincipalsLine {
  std::uint32_t number = 0; // from 1; 0: there is none
  std::string why;          // its options refuse; or empty
  bool command = false;     // command= before it
};
[[nodiscard]] PrincipalsLine principals_line(std::string_view text, const Certificate& certificate,
                                             std::int64_t now, std::string_view address);

} // namespace sshguardd::parse
