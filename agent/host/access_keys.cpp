#include "host/access_keys.hpp"

#include "host/access_certificate.hpp"
#include "host/as_account.hpp"
#include "host/key_tokens.hpp"
#include "host/key_walk.hpp"
#include "parse/key_acceptance.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <utility>

namespace sshguardd::host {
namespace {

using engine::AccessFacts;
using engine::AccessKey;

constexpr std::size_t most_keys = 1000; // of one file

class Keys {
public:
  Keys(const KeyQuestion& question, AccessFacts& facts)
      : question_{question}, facts_{facts}, client_{question.key} {
    if (!parse::is_certificate(question.key)) return;
    const std::size_t blank = question.key.find(' ');
    const auto read =
        parse::certificate(question.key.substr(0, blank), question.key.substr(blank + 1));
    if (!read) throw std::runtime_error{"the certificate: " + read.why()};
    certificate_.emplace(question, *read);
  }

  void look() {
    if (certificate_) {
      facts_.certificate = certificate_->describe();
      if (facts_.revoked.empty()) facts_.revoked = certificate_->revoked_by();
    }
    files();
    // sshd asks programs for what is in no file, and for nobody whom it has refused by then.
    const bool refused = !rules().keys || facts_.exclusion || facts_.revoked_unreadable ||
                         !facts_.revoked.empty() ||
                         (facts_.certificate && !facts_.certificate->why.empty());
    const bool ask = question_.ask_command && !refused;
    if (auto trusted = certificate_ ? certificate_->trusted(ask && !found()) : std::nullopt)
      facts_.keys.push_back(std::move(*trusted));
    if (ask && !rules().keys_command.empty() && !found()) command();
  }

private:
  [[nodiscard]] const LoginRules& rules() const { return question_.rules; }

  [[nodiscard]] bool found() const {
    return std::ranges::any_of(
        facts_.keys, [this](const AccessKey& key) { return engine::lets_in(facts_, key); });
  }

  // What sshd makes of a line with a key; nothing where it is not the client's.
  [[nodiscard]] std::optional<AccessKey> judge(std::string place, const parse::KeyLine& key) const {
    if (certificate_) return certificate_->judge(std::move(place), key);
    if (facts_.key_given && !client_.contains(key)) return std::nullopt;
    std::string why = key.cert_authority ? "it signs certificates: cert-authority"
                                         : question_.revoked.why_rejected(key);
    if (why.empty()) why = parse::why_rejected(key, rules(), now_, question_.from);
    return AccessKey{.place = std::move(place),
                     .type = std::string{key.type},
                     .why = std::move(why),
                     .command = key.command,
                     .from = !key.from.empty()};
  }

  void add(std::vector<AccessKey>& into, const std::string& source, std::uint32_t line,
           const parse::KeyLine& key) const {
    if (into.size() == most_keys) return;
    if (auto found = judge(source + ":" + std::to_string(line), key))
      into.push_back(std::move(*found));
  }

  void files() {
    const parse::PasswdEntry& entry = question_.account.entry;
    if (const auto problem = become(entry, question_.account.groups))
      throw std::runtime_error{*problem};
    KeyWalk walk{entry, question_.accounts, question_.mounts,
                 rules().strict_modes ? &question_.strict : nullptr};
    std::vector<AccessKey> found;
    walk.visit([&](const KeyFile& file, std::uint32_t line, const parse::KeyLine& key) {
      add(found, file.path, line, key);
    });
    for (const std::string& pattern : rules().key_files) {
      KeyFile none{.path = parse::expand_keys_file(pattern, entry).value_or(pattern),
                   .state = KeyFile::State::absent,
                   .object = {},
                   .why = {}};
      const auto paths = key_file_paths(pattern, entry, question_.version);
      if (!paths) {
        none.state = KeyFile::State::unknown;
        none.why = "AuthorizedKeysFile: " + paths.why();
      }
      if (!paths || paths->empty()) {
        facts_.account->files.push_back(std::move(none));
        continue;
      }
      for (const std::string& path : *paths)
        look_at(walk, path, found);
    }
    if (const auto problem = become_root()) throw std::runtime_error{*problem};
    for (KeyFile& file : facts_.account->files)
      walk.confirm(file);
  }

  void look_at(KeyWalk& walk, const std::string& path, std::vector<AccessKey>& found) {
    found.clear();
    KeyFile file = walk.look(path);
    for (AccessKey& key : found) {
      key.unread = file.state != KeyFile::State::used;
      facts_.keys.push_back(std::move(key));
    }
    facts_.account->files.push_back(std::move(file));
  }

  void command() {
    const KeyTokens tokens{question_.account.entry, question_.settings, question_.key, nullptr,
                           question_.from,          question_.version};
    KeyProgramAnswer answer =
        run_key_program({.setting = "AuthorizedKeysCommand",
                         .command = rules().keys_command,
                         .user = rules().keys_command_user,
                         .letters = tokens.letters(rules().keys_command),
                         .token = [&](char letter) { return tokens.value(letter); },
                         .name_alone = true}, // as before there were tokens
                        question_.account.entry, question_.find, question_.strict);
    facts_.keys_command = std::move(answer.told);
    std::vector<AccessKey> found;
    const auto lines =
        parse::authorized_keys(answer.text, [&](std::uint32_t line, const parse::KeyLine& key) {
          add(found, "AuthorizedKeysCommand", line, key);
        });
    facts_.keys_command.keys = lines.keys;
    facts_.keys_command.bad_lines = lines.bad_lines;
    std::ranges::move(found, std::back_inserter(facts_.keys));
  }

  const KeyQuestion& question_;
  AccessFacts& facts_;
  parse::KeySet client_;
  std::optional<CertificateLook> certificate_; // the client's, where it has one
  const std::int64_t now_ = std::time(nullptr);
};

} // namespace

void look_at_keys(const KeyQuestion& question, AccessFacts& facts) {
  Keys{question, facts}.look();
}

} // namespace sshguardd::host
