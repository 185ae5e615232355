// What rollbacks have replaced: "aside-1", "aside-2" and so on in the instance's directory, each
// with the files by their whole paths and, in "changes", how to get back. Nothing of it is ever
// deleted but by a person: where it becomes too much there is no further rollback.
#pragma once

#include "parse/config_set.hpp"
#include "sshguardd/fact.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

constexpr std::size_t max_asides = 32;
constexpr std::uintmax_t max_aside_bytes = 16 << 20; // all of them

struct Aside {
  unsigned number = 0; // counts up, whatever the clock does
  std::string path;
};
// The newest first.
[[nodiscard]] std::vector<Aside> asides(const std::string& directory);

// The one that comes next; it is not there yet. Unknown: there are too many.
[[nodiscard]] Fact<Aside> next_aside(const std::string& directory);

// Keeps what is replaced, files that are absent among it. The reason of a failure.
[[nodiscard]] std::optional<std::string> fill_aside(const std::string& aside,
                                                    const parse::ConfigSet& before);
// What fill_aside() was given, or nothing where it is damaged.
[[nodiscard]] Fact<parse::ConfigSet> replaced_by(const Aside& aside);

// Somebody's own work on a file, beside what was replaced of it: "....edited", "....edited-2".
[[nodiscard]] std::optional<std::string> keep_edited(const std::string& aside,
                                                     const parse::ConfigFile& file);
// It is worth keeping though its rollback was undone: not everything is as it was.
[[nodiscard]] std::optional<std::string> keep_aside(const std::string& aside);
// The rollback was undone. It stays where it has anybody's work.
void drop_aside(const std::string& aside);

} // namespace sshguardd::host
