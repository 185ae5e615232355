// The part of engine/access that is about keys (auth2-pubkey.c:user_key_allowed()).
#include "engine/access_steps.hpp"
#include "parse/shell_word.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace sshguardd::engine {
namespace {

using parse::shell_word;

constexpr std::size_t most_places = 3;

class KeyJudge {
public:
  KeyJudge(const AccessFacts& facts, std::vector<AccessStep>& steps)
      : facts_{facts}, steps_{steps}, word_{shell_word(facts.user)} {}

  Result run() {
    if (!rules().keys) {
      step(Result::failed, "keys", "PubkeyAuthentication no",
           change("set PubkeyAuthentication yes"));
      return Result::failed;
    }
    if (facts_.revoked_unreadable) {
      step(Result::failed, "revoked",
           "RevokedKeys " + rules().revoked_keys + " cannot be read: sshd refuses every key",
           {"put the file back, or " + change("take RevokedKeys out").front()});
      return Result::failed;
    }
    if (!facts_.revoked.empty()) {
      step(Result::failed, "revoked", "the key is REVOKED by " + facts_.revoked,
           {"use another key: whoever revoked it meant it"});
      return Result::failed;
    }
    if (facts_.certificate) {
      const AccessCertificate& told = *facts_.certificate;
      const bool good = told.why.empty();
      if (good && !told.unverified.empty())
        step(Result::unknown, "certificate", told.says + "; " + told.unverified);
      else
        step(good ? Result::passed : Result::failed, "certificate", good ? told.says : told.why,
             good ? std::vector<std::string>{}
                  : std::vector<std::string>{
                        "have another one signed: ssh-keygen -L -f shows this one"});
      if (!good) return Result::failed;
    }
    bool unknown = false;
    for (const KeyFile& file : facts_.account->files)
      unknown = key_file(file) || unknown;
    unknown = keys_command() || unknown;
    Result result = keys();
    if (result == Result::failed && unknown) result = Result::unknown;
    if (result == Result::failed) result = elsewhere();
    if (result == Result::passed && !facts_.revoked_unknown.empty()) {
      step(Result::unknown, "revoked", facts_.revoked_unknown);
      result = Result::unknown;
    }
    if (result == Result::passed && facts_.certificate && !facts_.certificate->unverified.empty())
      result = Result::unknown;
    return both(result, key_standing());
  }

private:
  void step(Result result, std::string name, std::string says, std::vector<std::string> fix = {}) {
    steps_.push_back({result, std::move(name), std::move(says), std::move(fix)});
  }
  [[nodiscard]] const LoginRules& rules() const { return *facts_.rules; }

  // true: nobody knows what is in it.
  bool key_file(const KeyFile& file) {
    using State = KeyFile::State;
    switch (file.state) {
    case State::absent:
      return false;
    case State::used: {
      std::string says = file.path + ": keys: " + std::to_string(file.keys);
      if (file.bad_lines > 0) says += ", bad lines: " + std::to_string(file.bad_lines);
      step(Result::note, "key file", says);
      return false;
    }
    case State::unknown:
      step(Result::unknown, "key file", file.path + ": " + file.why);
      return true;
    default:
      step(Result::failed, "key file", why_not(file), mend(file));
      return false;
    }
  }

  // true: nobody knows what it prints.
  bool keys_command() {
    const KeysCommand& told = facts_.keys_command;
    const std::string name = "keys command";
    switch (told.state) {
    case KeysCommand::State::not_asked:
      return false;
    case KeysCommand::State::asked: {
      std::string says = "AuthorizedKeysCommand: keys: " + std::to_string(told.keys);
      if (told.bad_lines > 0) says += ", bad lines: " + std::to_string(told.bad_lines);
      step(Result::note, name, says);
      return false;
    }
    case KeysCommand::State::refused:
      step(Result::failed, name, "AuthorizedKeysCommand gives no keys: " + told.why);
      return false;
    case KeysCommand::State::unknown:
      break;
    }
    step(Result::unknown, name, "AuthorizedKeysCommand: " + told.why);
    return true;
  }

  [[nodiscard]] static std::string why_not(const KeyFile& file) {
    const std::string object = file.object.empty() ? file.path : file.object;
    const std::string about = object == file.path ? "" : file.path + ": ";
    if (file.why.starts_with("is ")) return about + object + " " + file.why;
    return about + object + " has " + file.why;
  }

  [[nodiscard]] std::vector<std::string> mend(const KeyFile& file) const {
    std::vector<std::string> fix;
    const std::string object = shell_word(file.object.empty() ? file.path : file.object);
    if (file.wrong_owner) fix.push_back("chown " + word_ + ": " + object);
    std::string paths;
    for (const std::string& path : file.too_open)
      paths += " " + shell_word(path);
    if (!paths.empty()) fix.push_back("chmod go-w" + paths);
    if (file.state == KeyFile::State::unreadable)
      fix.push_back("let " + word_ + " read it: chown " + word_ + ": " + object);
    if (file.state == KeyFile::State::irregular) fix.push_back("put a regular file in its place");
    return fix;
  }

  Result keys() {
    std::string places;
    std::size_t good = 0;
    const AccessKey* bad = nullptr;
    const AccessKey* unread = nullptr;
    const AccessKey* unsure = nullptr;
    for (const AccessKey& key : facts_.keys) {
      if (key.unread) {
        if (unread == nullptr) unread = &key;
        continue;
      }
      if (key.unsure) {
        unsure = unsure == nullptr ? &key : unsure;
        continue;
      }
      if (!lets_in(facts_, key)) {
        if (bad == nullptr) bad = &key;
        continue;
      }
      if (good++ < most_places) places += (places.empty() ? "" : ", ") + key.place;
    }
    if (good > most_places) places += ", ...";
    if (good > 0) {
      step(Result::passed, "key",
           facts_.certificate ? "the certificate is taken, by " + places
           : facts_.key_given ? "the key is taken, by " + places
                              : "whoever has the key of " + places);
      return Result::passed;
    }
    if (unsure != nullptr) {
      step(Result::unknown, "key", unsure->place + ": " + unsure->why);
      return Result::unknown;
    }
    if (bad == nullptr && unread != nullptr) {
      step(Result::failed, "key", unread->place + " has one, in a file that sshd does not read");
      return Result::failed;
    }
    if (bad == nullptr && facts_.certificate) {
      step(Result::failed, "key",
           "whoever signed it is neither in TrustedUserCAKeys nor behind cert-authority in a file "
           "that sshd reads",
           {"have it signed by an authority that sshd trusts"});
      return Result::failed;
    }
    if (bad == nullptr) {
      step(Result::failed, "key", nowhere() + (facts_.key_given ? " has that key" : " has a key"),
           {"append the public key, on one line, to " + first_file()});
      return Result::failed;
    }
    const std::string why =
        bad->why.empty() ? "PermitRootLogin forced-commands-only, and no command= before the key"
                         : bad->why;
    step(Result::failed, "key", bad->place + ": " + why,
         {facts_.certificate ? "have one signed that sshd takes" : "add a key that sshd takes"});
    return Result::failed;
  }

  [[nodiscard]] std::string nowhere() const {
    return facts_.keys_command.state == KeysCommand::State::asked
               ? "neither a file that sshd reads nor AuthorizedKeysCommand"
               : "no file that sshd reads";
  }

  [[nodiscard]] std::string first_file() const {
    const auto& files = facts_.account->files;
    if (files.empty()) return "the account's key file";
    const std::string& path = files.front().path;
    const bool pattern = path.find_first_of("*?[") != std::string::npos;
    return (pattern ? "a file that fits " : "") + shell_word(path);
  }

  // Keys may come from what is not read here.
  Result elsewhere() {
    if (!rules().keys_command.empty() &&
        facts_.keys_command.state == KeysCommand::State::not_asked) {
      step(Result::unknown, "keys elsewhere",
           "AuthorizedKeysCommand " + rules().keys_command + " was not asked");
      return Result::unknown;
    }
    if (!rules().trusted_user_ca_keys.empty() && !facts_.key_given) {
      step(Result::unknown, "keys elsewhere",
           "TrustedUserCAKeys " + rules().trusted_user_ca_keys + ": a certificate may let it in");
      return Result::unknown;
    }
    return Result::failed;
  }

  // What PAM's account phase says of somebody with the right key.
  Result key_standing() {
    if (!facts_.standing) {
      if (!rules().use_pam) return Result::passed;
      step(Result::unknown, "expiry", facts_.standing.why());
      return Result::unknown;
    }
    const parse::Bar bar = facts_.standing->key;
    if (bar == parse::Bar::none || bar == parse::Bar::locked) return Result::passed;
    return expiry(bar);
  }

  Result expiry(parse::Bar bar) {
    const std::string says = "the account " + std::string{parse::in_words(bar)};
    switch (bar) {
    case parse::Bar::expired:
      step(Result::failed, "expiry", says, {"chage -E -1 " + word_});
      return Result::failed;
    case parse::Bar::change_due:
      if (!facts_.standing->has_password) break;
      step(Result::note, "expiry", says + ": sshd asks for a new one on a terminal");
      return Result::passed;
    default:
      break;
    }
    step(Result::failed, "expiry", says, {"passwd " + word_, "or chage -M -1 " + word_});
    return Result::failed;
  }

  const AccessFacts& facts_;
  std::vector<AccessStep>& steps_;
  std::string word_; // the account's name, as one would type it
};

} // namespace

bool lets_in(const AccessFacts& facts, const AccessKey& key) {
  const bool forced = facts.account && facts.account->uid == 0 && facts.rules &&
                      facts.rules->permit_root == "forced-commands-only";
  return !key.unread && !key.unsure && key.why.empty() && (key.command || !forced);
}

Result judge_keys(const AccessFacts& facts, std::vector<AccessStep>& steps) {
  return KeyJudge{facts, steps}.run();
}

} // namespace sshguardd::engine
