// The settings of sshd_config that decide who may log in and how: what they are, as `sshd -T` says
// it, and which line made them so.
#pragma once

#include "sshguardd/snapshot.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// Those of the output of `sshd -G` or `-T`, without a place.
[[nodiscard]] std::vector<PolicySetting> sshd_policy(std::string_view output);

// How to get at files: nothing where one cannot be read; the paths that a pattern finds, in order.
struct ConfigFiles {
  std::function<std::optional<std::string>(const std::string& path)> read;
  std::function<std::vector<std::string>(const std::string& pattern)> glob;
};

// Whether there are Match blocks, and what they ask for.
struct MatchBlocks {
  bool any = false;
  bool by_client = false; // some for more than User and Group
  bool by_more = false;   // ... and than Address
  bool unseen = false;    // they include files, which may ask for anything: both of these, too
  std::vector<std::string> users; // lists of patterns
  std::vector<std::string> groups;
  explicit operator bool() const { return any; }
};

// Finds the place of each: of several lines the first one counts, and an Include stands where its
// files' lines would (sshd_config(5)). Match blocks are left out, and so is what they include. The
// options of the command line, `argv`, come before all files; their line is 0.
MatchBlocks locate(std::vector<PolicySetting>& policy, const std::string& main_file,
                   const std::vector<std::string>& argv, const ConfigFiles& files);

} // namespace sshguardd::parse
