// The store of sshd's configurations that let somebody log in: a few generations for each instance,
// each one file, root's alone.
#pragma once

#include "engine/rollback_files.hpp"
#include "parse/config_set.hpp"
#include "sshguardd/fact.hpp"
#include "sshguardd/snapshot.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

// The files that sshd and its unit read words from, as they are now: main file, what it includes,
// links, environment files. Left out is what others keep: below /usr and /run, and crypto-policies.
// Unknown where one cannot be read, or they are more or larger than a set may be.
[[nodiscard]] Fact<parse::ConfigSet> read_config_set(const SshdConfig& config);

constexpr std::size_t known_good_kept = 4;

struct StoredSet {
  unsigned number = 0; // counts up; a person names it by that
  parse::ConfigSet set;
};

// The newest first. Damaged ones are left out.
[[nodiscard]] std::vector<StoredSet> known_good(const Instance& instance);

// As the newest generation; the oldest go. An older one with the same files goes, too. The reason
// of a failure, and nothing is lost then.
[[nodiscard]] std::optional<std::string> save_known_good(const Instance& instance,
                                                         const parse::ConfigSet& set);

// Where its directory, or one above, is a link: below another tree a name is somebody else's file.
[[nodiscard]] bool leads_elsewhere(const std::string& path);

// What sshd's unit and configuration make a rollback's own.
[[nodiscard]] engine::RollbackScope rollback_scope(const Unit& service, const SshdConfig& config);

// What is to be done so that `wanted` lies on disk. Unknown: it cannot be done, or seen.
[[nodiscard]] Fact<engine::RollbackFiles> files_to_change(const parse::ConfigSet& wanted,
                                                          const SshdConfig& config,
                                                          const engine::RollbackScope& scope);

// The newest generation against what lies on disk: whether a rollback would change anything.
[[nodiscard]] Fact<KnownGood> compare_known_good(const Instance& instance, const Unit& service,
                                                 const SshdConfig& config);

} // namespace sshguardd::host
