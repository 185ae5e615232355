// What the tokens of AuthorizedKeysCommand and AuthorizedPrincipalsCommand stand for
// (sshd_config(5), TOKENS; auth2-pubkey.c). Only for a process of its own (host/own_child.hpp).
#pragma once

#include "host/sshd_version.hpp"
#include "parse/access_settings.hpp"
#include "parse/accounts_db.hpp"
#include "parse/certificate.hpp"
#include "sshguardd/fact.hpp"

#include <string>

namespace sshguardd::host {

class KeyTokens {
public:
  // key: the client's, "TYPE BASE64", or empty; certificate: what it is, or null; from: the
  // client's address, or empty.
  KeyTokens(const parse::PasswdEntry& account, const parse::AccessSettings& settings,
            const std::string& key, const parse::Certificate* certificate, const std::string& from,
            SshdVersion& version)
      : account_{account}, settings_{settings}, key_{key},
        certificate_{certificate}, from_{from}, version_{version} {}

  // Those that this sshd knows in a command; of a certificate, too.
  [[nodiscard]] std::string letters(const std::string& command) const;
  [[nodiscard]] Fact<std::string> value(char letter) const;

private:
  [[nodiscard]] Fact<std::string> connection() const;

  const parse::PasswdEntry& account_;
  const parse::AccessSettings& settings_;
  const std::string& key_;
  const parse::Certificate* certificate_;
  const std::string& from_;
  SshdVersion& version_;
};

} // namespace sshguardd::host
