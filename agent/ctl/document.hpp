// The status document (schema 1) as sshguardctl reads it: of the running agent, or of a look of its
// own.
#pragma once

#include "engine/evaluate.hpp"
#include "sshguardd/fact.hpp"
#include "sshguardd/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshguardd::ctl {

// Every text in it is printable ASCII on one line; empty stands for null.
struct Document {
  struct Remedy {
    std::string kind; // "restart"; empty where the agent has none
    std::string remedy_class;
    std::string state; // none, withheld, applying
    std::string why;
    std::string retry_at;
  };
  struct Finding {
    std::string id;
    std::string subject;
    std::string severity;
    std::string when;
    std::string headline;
    std::string summary;
    std::string next;
    std::vector<std::pair<std::string, std::string>> evidence; // what, value
    bool root = true;
    std::string caused_by;
    std::string since;
    bool accepted = false; // somebody lives with it
    std::string accepted_until;
    std::string accepted_reason;
    Remedy remedy;
    std::vector<std::string> fix;
  };
  struct UnknownId {
    std::string id;
    std::string why;
  };
  struct Heal {
    std::string time;
    std::string id;
    std::string subject;
    std::string remedy;
    std::string before;
    std::string after;
    std::string outcome;
    std::int64_t took_ms = 0;
  };

  bool agent_running = false;
  std::string version;
  std::string healing;
  std::int64_t pid = 0; // 0: none
  std::string boot_id;
  std::string valid_until;
  std::string host;
  std::string time;
  engine::State state = engine::State::unknown;
  std::string client_message;
  bool answers = false; // the agent's own probe got an answer of sshd
  bool sshd_expected = true;
  std::vector<std::string> listeners;
  std::vector<std::string> host_keys; // "ED25519 SHA256:..."
  std::vector<Finding> findings;
  std::vector<UnknownId> unknown;
  std::vector<std::string> incomplete; // what was looked at in part, and why
  std::vector<Heal> heals;

  std::string json; // the whole of it, plain ASCII, for --json
};

// Strict: a field that is missing or of another type makes all of it Unknown, with the field's
// name.
[[nodiscard]] Fact<Document> parse_document(std::string_view text);

// Why a document is not of an agent that runs now, after "status.json ..."; nothing where it is.
// The boot id says nothing here: /run does not outlive a boot, and in a container that is given an
// id of its own the agent's sandbox (ProtectKernelTunables=) shows it the host's.
[[nodiscard]] std::optional<std::string> why_stale(const Document& document, bool pid_alive,
                                                   WallTime now);

// 2026-11-21T03:12:07Z, and nothing else.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);

} // namespace sshguardd::ctl
