// journald.conf(5) and its drop-ins, as far as they say where the journal lies and what it may
// take.
#pragma once

#include "sshguardd/logs.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

struct JournaldConf {
  std::string storage; // "auto", "persistent", "volatile", "none"; empty: nobody says
  JournalLimits system;
  JournalLimits runtime;

  bool operator==(const JournaldConf&) const = default;
};

// One more file, read after those before it (conf-parser.c:config_parse()): what it sets is in
// force, what is not valid is as if it were not there.
void add_journald_conf(JournaldConf& conf, std::string_view text, const std::string& file);

// "100G", "1.5G", "1G 500M" (parse-util.c:parse_size(), units of 1024).
[[nodiscard]] std::optional<std::uint64_t> journald_size(std::string_view text);

// A directory of drop-ins: what is in it, and what of that is empty or leads to /dev/null.
struct DropInDirectory {
  std::string path;
  std::vector<std::string> names;
  std::vector<std::string> masked;
};

// The drop-ins in the order in which they are read (conf-files.c): by name, whatever directory they
// are in; of one name the first directory's, and nothing where that is masked.
[[nodiscard]] std::vector<std::string>
drop_ins_in_order(const std::vector<DropInDirectory>& directories);

} // namespace sshguardd::parse
