// sshd's host keys: which files they are, what lies there, their fingerprints, and whether clients
// know others of this instance. Fingerprints are asked of ssh-keygen, beside the looks.
#pragma once

#include "engine/host_key_record.hpp"
#include "host/child.hpp"
#include "host/sshd_files.hpp"
#include "sshguardd/snapshot.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

class HostKeyReader {
public:
  // on_news: a fingerprint has come: look again.
  HostKeyReader(Loop& loop, std::function<void()> on_news);

  ~HostKeyReader();
  HostKeyReader(const HostKeyReader&) = delete;
  HostKeyReader& operator=(const HostKeyReader&) = delete;

  // Reads what lies there. effective: sshd's own account of these files, where it is known.
  void consider(const SshdFiles& files, const Fact<Effective>& effective);
  [[nodiscard]] const Fact<HostKeys>& keys() const { return keys_; }

  // Of the files themselves, opaque: where it is another, `sshd -t` may say something else.
  [[nodiscard]] const std::string& state() const { return state_; }

  // The private keys and their public halves, and what they link to.
  [[nodiscard]] const std::vector<std::string>& watched() const { return watched_; }

  // Fingerprints are still to come.
  [[nodiscard]] bool asking() const { return static_cast<bool>(child_); }

  // After all else is known of this look: compares the keys in use with those recorded for this
  // instance. Only who keeps state (the agent) records; see keep_record().
  void compare(Snapshot& snapshot);
  void keep_record(bool keeps);

private:
  struct Asked {
    std::string identity; // of the private key and of PATH.pub when they were asked for
    bool answered = false;
    int tries = 0; // without an answer
    std::optional<KeyFingerprint> fingerprint;
    bool unproven = false;
  };

  [[nodiscard]] Fact<std::vector<HostKey>> list(const SshdFiles& files,
                                                const Fact<Effective>& effective);
  void ask_next();
  void ask(const std::string& path, const std::string& file, bool unproven);
  [[nodiscard]] bool ask_public_half(const std::string& path);
  void on_answer(std::string path, bool unproven, const ChildResult& result);
  void save_record(const Instance& instance);
  void open_record(const Instance& instance);

  Loop& loop_;
  std::function<void()> on_news_;
  Fact<HostKeys> keys_;
  std::string named_for_;                    // the fingerprint that `named_` is of
  std::map<std::string, std::int64_t> gone_; // since when a key was seen to be missing
  std::vector<std::string> named_;
  std::string state_;
  std::vector<std::string> watched_;
  bool agent_ = false;                 // HostKeyAgent is named with them
  std::map<std::string, Asked> asked_; // by the private key's path
  std::vector<std::string> to_ask_;    // private keys' paths
  BootTime ask_again_{};               // not before: nobody answered
  std::string link_;                   // a name without a public half beside it
  std::unique_ptr<Child> child_;

  bool keeps_record_ = false;
  std::vector<KeyFingerprint> dropped_;
  std::string record_of_; // the instance directory that `record_` is of
  std::optional<engine::HostKeyRecord> record_;
  bool unsaved_ = false;
  std::string save_problem_; // told already
};

} // namespace sshguardd::host
