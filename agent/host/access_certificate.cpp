#include "host/access_certificate.hpp"

#include "host/as_account.hpp"
#include "host/files.hpp"
#include "host/key_tokens.hpp"
#include "host/key_walk.hpp"
#include "host/signature.hpp"
#include "parse/authorized_keys.hpp"
#include "parse/certificate_acceptance.hpp"

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace sshguardd::host {
namespace {

using engine::AccessKey;

constexpr std::size_t most_told = 3; // principals
constexpr std::size_t most_file = 8 << 20;

// Up to 10.2 one without principals is anybody's, where a key file trusts who signed it.
constexpr parse::OpensshVersion wants_principals{10, 3};

std::string people(const std::vector<std::string>& principals) {
  if (principals.empty()) return "nobody by name";
  std::string text;
  for (std::size_t at = 0; at < std::min(principals.size(), most_told); ++at)
    text += (at == 0 ? "" : ", ") + principals[at];
  return principals.size() > most_told ? text + ", ..." : text;
}

} // namespace

CertificateLook::CertificateLook(const KeyQuestion& question, parse::Certificate certificate)
    : question_{question},
      certificate_{std::move(certificate)}, signer_{certificate_.ca}, now_{std::time(nullptr)} {}

engine::AccessCertificate CertificateLook::describe() const {
  const std::string_view ca = certificate_.ca;
  const std::string until =
      certificate_.valid_before > static_cast<std::uint64_t>(INT64_MAX)
          ? "for ever"
          : "until " + parse::date_of(static_cast<std::int64_t>(certificate_.valid_before));
  std::string says = "key ID \"" + certificate_.key_id + "\", serial " +
                     std::to_string(certificate_.serial) + ", for " +
                     people(certificate_.principals) + ", " + until + ", signed by a CA's " +
                     std::string{ca.substr(0, ca.find(' '))} + " key";
  engine::AccessCertificate told{.says = std::move(says),
                                 .why =
                                     parse::why_rejected(certificate_, question_.rules,
                                                         question_.settings, now_, question_.from)};
  if (!told.why.empty()) return told;
  const auto genuine = signature_is_genuine(question_.key);
  if (!genuine)
    told.unverified = "whether its signature is genuine is not known: " + genuine.why();
  else if (*genuine)
    told.says += ", and its signature is genuine";
  else
    told.why = "its signature is forged, or it was damaged: it is not by the key that it names";
  return told;
}

std::string CertificateLook::revoked_by() const {
  const bool revoked = std::ranges::any_of(
      std::initializer_list<const std::string*>{&certificate_.key, &certificate_.ca},
      [this](const std::string* key) {
        return !question_.revoked.why_rejected(parse::authorized_key(*key)).empty();
      });
  return revoked ? question_.rules.revoked_keys : std::string{};
}

AccessKey CertificateLook::key_of(std::string place) const {
  return {.place = std::move(place),
          .type = certificate_.type,
          .why = {},
          .command = certificate_.force_command,
          .from = certificate_.has_source_address};
}

// auth2-pubkeyfile.c:auth_check_authkey_line().
std::optional<AccessKey> CertificateLook::judge(std::string place,
                                                const parse::KeyLine& key) const {
  if (!key.cert_authority || !signer_.contains(key)) return std::nullopt;
  AccessKey found = key_of(std::move(place));
  const std::string& name = question_.account.entry.name;
  found.from = found.from || !key.from.empty();
  found.why = parse::why_options_rejected(key.expiry, key.from, now_, question_.from);
  if (!found.why.empty()) return found;
  if (key.has_principals) {
    if (!parse::names_one_of(certificate_, key.principals))
      found.why = "principals= names nobody whom the certificate is for";
  } else if (certificate_.principals.empty()) {
    const auto version = question_.version.get();
    found.unsure = !version;
    if (!version || !version->before(wants_principals))
      found.why = "the certificate has no principals, which OpenSSH takes up to 10.2";
  } else if (!parse::names(certificate_, name)) {
    found.why = "the certificate is not for " + name;
  }
  if (found.why.empty() && key.command && certificate_.force_command) {
    found.unsure = true;
    found.why = "both it and the certificate force a command, which have to be the same";
  }
  found.command = found.command || key.command;
  return found;
}

std::optional<AccessKey> CertificateLook::trusted(bool ask) const {
  const std::string& path = question_.rules.trusted_user_ca_keys;
  if (path.empty()) return std::nullopt;
  const auto text = read_file(path, most_file);
  if (!text && access(path.c_str(), R_OK) != 0)
    return std::nullopt; // sshd goes on without a word, too
  if (!text) {
    AccessKey unread = key_of("TrustedUserCAKeys");
    unread.unsure = true;
    unread.why = text.why();
    return unread;
  }
  if (!parse::KeySet{*text}.contains(parse::authorized_key(certificate_.ca))) return std::nullopt;
  AccessKey found = key_of("TrustedUserCAKeys " + path);
  const std::string& name = question_.account.entry.name;
  const auto& settings = question_.settings;
  bool named = false;
  if (!settings.principals_file.empty()) ask_principals_file(found, named);
  if (named || found.unsure) return found;
  if (!settings.principals_command.empty()) {
    if (ask) {
      ask_principals_command(found);
    } else {
      found.unsure = true;
      found.why = "AuthorizedPrincipalsCommand was not asked";
    }
  } else if (!settings.principals_file.empty()) {
    if (found.why.empty())
      found.why = "AuthorizedPrincipalsFile names nobody whom the certificate is for";
  } else if (!parse::names(certificate_, name)) {
    found.why = "the certificate is not for " + name;
  }
  return found;
}

// As the account: what is in the file, where sshd reads it; else key.why.
std::string CertificateLook::principals_text(const std::string& path, AccessKey& key) const {
  const parse::PasswdEntry& entry = question_.account.entry;
  if (const auto problem = become(entry, question_.account.groups))
    throw std::runtime_error{*problem};
  KeyWalk walk{entry, question_.accounts, question_.mounts,
               question_.rules.strict_modes ? &question_.strict : nullptr};
  const KeyFile file = walk.look(path);
  const auto read = file.state == KeyFile::State::used ? read_file(path, most_file)
                                                       : Fact<std::string>{Unknown{file.why}};
  if (const auto problem = become_root()) throw std::runtime_error{*problem};
  if (read) return *read;
  const std::string name = "AuthorizedPrincipalsFile " + path;
  key.unsure = file.state == KeyFile::State::used || file.state == KeyFile::State::unknown;
  key.why = file.state == KeyFile::State::absent
                ? name + " is not there"
                : name + ": " + (file.object.empty() ? "" : file.object + ": ") + read.why();
  return {};
}

void CertificateLook::ask_principals_file(AccessKey& key, bool& found) const {
  const auto path =
      parse::expand_keys_file(question_.settings.principals_file, question_.account.entry);
  if (!path) {
    key.why = "AuthorizedPrincipalsFile: sshd refuses this pattern";
    return;
  }
  const std::string text = principals_text(*path, key);
  if (!key.why.empty()) return;
  found = take(text, *path, key);
}

bool CertificateLook::take(const std::string& text, const std::string& place,
                           AccessKey& key) const {
  const auto line = parse::principals_line(text, certificate_, now_, question_.from);
  if (line.number == 0) return false;
  key.place += ", " + place + ":" + std::to_string(line.number);
  key.why = line.why;
  if (key.why.empty() && line.command && certificate_.force_command) {
    key.unsure = true;
    key.why = "both it and the certificate force a command, which have to be the same";
  }
  key.command = key.command || line.command;
  return true;
}

// auth2-pubkey.c:match_principals_command().
void CertificateLook::ask_principals_command(AccessKey& key) const {
  using State = engine::KeysCommand::State;
  const std::string name = "AuthorizedPrincipalsCommand";
  const auto& settings = question_.settings;
  const KeyTokens tokens{question_.account.entry, settings,       question_.key,
                         &certificate_,           question_.from, question_.version};
  const KeyProgramAnswer answer =
      run_key_program({.setting = name,
                       .command = settings.principals_command,
                       .user = settings.principals_command_user,
                       .letters = tokens.letters(settings.principals_command),
                       .token = [&](char letter) { return tokens.value(letter); }},
                      question_.account.entry, question_.find, question_.strict);
  key.unsure = answer.told.state == State::unknown;
  if (answer.told.state != State::asked)
    key.why = name + (key.unsure ? ": " : " gives no principals: ") + answer.told.why;
  else if (!take(answer.text, name, key))
    key.why = name + " names nobody whom the certificate is for";
}

} // namespace sshguardd::host
