// A client's certificate: whom sshd trusts to sign for an account, and for whom.
#pragma once

#include "host/access_keys.hpp"
#include "parse/certificate.hpp"
#include "parse/key_acceptance.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace sshguardd::host {

class CertificateLook {
public:
  CertificateLook(const KeyQuestion& question, parse::Certificate certificate);

  // What a step says of it, and why sshd does not take it, whoever signed it.
  [[nodiscard]] engine::AccessCertificate describe() const;
  // The file that revokes it, its key or who signed it; or empty. A list alone, no KRL.
  [[nodiscard]] std::string revoked_by() const;

  // A line with a key: nothing where that did not sign it.
  [[nodiscard]] std::optional<engine::AccessKey> judge(std::string place,
                                                       const parse::KeyLine& key) const;
  // TrustedUserCAKeys (auth2-pubkey.c:user_cert_trusted_ca()); nothing where that has not who
  // signed it. Becomes the account for AuthorizedPrincipalsFile, and runs
  // AuthorizedPrincipalsCommand where that may be asked.
  [[nodiscard]] std::optional<engine::AccessKey> trusted(bool ask) const;

private:
  [[nodiscard]] engine::AccessKey key_of(std::string place) const;
  void ask_principals_file(engine::AccessKey& key, bool& found) const;
  void ask_principals_command(engine::AccessKey& key) const;
  // Principals, and where they stand: whether they name one whom the certificate is for.
  bool take(const std::string& text, const std::string& place, engine::AccessKey& key) const;
  [[nodiscard]] std::string principals_text(const std::string& path, engine::AccessKey& key) const;

  const KeyQuestion& question_;
  parse::Certificate certificate_;
  parse::KeySet signer_;
  std::int64_t now_;
};

} // namespace sshguardd::host
