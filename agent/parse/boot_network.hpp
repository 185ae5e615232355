// What saved network configurations would bring up, as far as that is certain: systemd.network(5),
// interfaces(5), nm-settings-keyfile(5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// A link that is there, by all that files know it by.
struct BootLink {
  std::vector<std::string> names; // its alternative names too
  std::vector<std::string> macs;  // "52:54:00:12:34:56", its permanent one too
};

// In doubt it fits.
enum class BootFit { no, perhaps };

// One .network file: to which of the links it applies.
[[nodiscard]] BootFit networkd_fit(std::string_view text, const std::vector<BootLink>& links);

// All of interfaces(5) that was read, with what it includes.
struct Interfaces {
  std::vector<std::string> brought_up; // by `auto` or `allow-hotplug`, without lo
  std::vector<std::string> sources;    // patterns of further files
  bool hotplug = false;                // some of them when they appear
  bool doubt = false;                  // mappings, patterns, links that are made of others
};
void add_interfaces(std::string_view text, Interfaces& into);
[[nodiscard]] BootFit interfaces_fit(const Interfaces& interfaces,
                                     const std::vector<BootLink>& links);

// A connection of NetworkManager's.
[[nodiscard]] BootFit keyfile_fit(std::string_view text, const std::vector<BootLink>& links);

// "52:54:00:AB:cd:ef", "52-54-...", "5254.00ab.cdef" -> "52:54:00:ab:cd:ef"; empty: none.
[[nodiscard]] std::string mac_text(std::string_view text);

} // namespace sshguardd::parse
