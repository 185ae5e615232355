#include "parse/boot_network.hpp"

#include "parse/ascii.hpp"
#include "parse/lines.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

#include <utility>

#include <fnmatch.h>

namespace sshguardd::parse {
namespace {

constexpr std::string_view blanks = " \t\r";

std::vector<std::string_view> words_of(std::string_view text, std::string_view between = blanks) {
  std::vector<std::string_view> words;
  for (;;) {
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(between)));
    if (text.empty()) return words;
    const std::size_t end = std::min(text.size(), text.find_first_of(between));
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

// use(section, key, value) for each assignment of an .ini file; false where a line is none.
template <class Use> bool each_setting(std::string_view text, const Use& use) {
  std::string_view section;
  while (!text.empty()) {
    const std::string_view line = trimmed(take_line(text), blanks);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[' && line.back() == ']') {
      section = line.substr(1, line.size() - 2);
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || line.back() == '\\') return false;
    use(section, trimmed(line.substr(0, equals), blanks), trimmed(line.substr(equals + 1), blanks));
  }
  return true;
}

bool matches(std::string_view pattern, const std::string& name) {
  return fnmatch(std::string{pattern}.c_str(), name.c_str(), 0) == 0;
}

// systemd: condition of [Match], net_condition_test_strv(): one of them, none with "!" before it.
bool name_matches(const std::vector<std::string_view>& patterns, const BootLink& link) {
  if (patterns.empty()) return true;
  bool any = false;
  bool inverted = false;
  for (std::string_view pattern : patterns) {
    const bool no = pattern.starts_with('!');
    if (no) pattern.remove_prefix(1);
    inverted = inverted || no;
    const bool fits = std::ranges::any_of(
        link.names, [pattern](const std::string& name) { return matches(pattern, name); });
    if (fits) any = true;
  }
  return inverted ? true : any; // what is shut out is not judged: in doubt it fits
}

bool mac_matches(const std::vector<std::string_view>& wanted, const BootLink& link) {
  return wanted.empty() || std::ranges::any_of(wanted, [&link](std::string_view one) {
           const std::string mac = mac_text(one);
           return mac.empty() || std::ranges::find(link.macs, mac) != link.macs.end();
         });
}

// systemd.network(5). A file without any of them is ignored (network.c:network_load_one(), since
// systemd 243).
bool is_match_key(std::string_view key) {
  static constexpr std::string_view keys[] = {
      "Architecture", "BSSID", "Credential", "Driver",         "Firmware",
      "Host",         "Kind",  "Name",       "KernelVersion",  "KernelCommandLine",
      "MACAddress",   "Path",  "Property",   "OriginalName",   "PermanentMACAddress",
      "SSID",         "Type",  "Version",    "Virtualization", "WLANInterfaceType"};
  return std::ranges::find(keys, key) != std::end(keys);
}

// Those that systemd ships for wireless links are for no cable.
bool type_may_match(const std::vector<std::string_view>& types, const BootLink& link) {
  const bool wireless = std::ranges::any_of(
      link.names, [](const std::string& name) { return name.starts_with('w'); });
  return types.empty() || wireless || !std::ranges::all_of(types, [](std::string_view type) {
           return type == "wlan" || type == "wwan";
         });
}

void add(std::vector<std::string_view>& list, std::string_view value) {
  if (value.empty()) return list.clear(); // an empty assignment forgets what was before
  const auto words = words_of(value);
  list.insert(list.end(), words.begin(), words.end());
}

bool has_link(const std::vector<BootLink>& links, const std::string& name) {
  return std::ranges::any_of(links, [&name](const BootLink& link) {
    return std::ranges::find(link.names, name) != link.names.end();
  });
}

constexpr std::array<std::string_view, 6> makes_links{"bridge", "bond", "vlan",
                                                      "tunnel", "up",   "master"};

bool hexadecimal(char c) {
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f');
}

} // namespace

std::string mac_text(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (hexadecimal(c))
      digits += lower(c);
    else if (c != ':' && c != '-' && c != '.')
      return {};
  }
  if (digits.size() != 12) return {};
  std::string mac;
  for (std::size_t at = 0; at < digits.size(); at += 2)
    mac += (at == 0 ? "" : ":") + digits.substr(at, 2);
  return mac;
}

BootFit networkd_fit(std::string_view text, const std::vector<BootLink>& links) {
  std::vector<std::string_view> names;
  std::vector<std::string_view> macs;
  std::vector<std::string_view> permanent;
  std::vector<std::string_view> types;
  bool any = false;
  const bool understood = each_setting(
      text, [&](std::string_view section, std::string_view key, std::string_view value) {
        if (section != "Match") return;
        any = any || is_match_key(key);
        if (key == "Name") add(names, value);
        if (key == "MACAddress") add(macs, value);
        if (key == "PermanentMACAddress") add(permanent, value);
        if (key == "Type") add(types, value);
      });
  if (!understood) return BootFit::perhaps;
  if (!any) return BootFit::no;
  // Other conditions can only take away.
  const bool fits = std::ranges::any_of(links, [&](const BootLink& link) {
    return name_matches(names, link) && type_may_match(types, link) && mac_matches(macs, link) &&
           mac_matches(permanent, link);
  });
  return fits ? BootFit::perhaps : BootFit::no;
}

void add_interfaces(std::string_view text, Interfaces& into) {
  std::string joined;
  while (!text.empty()) {
    joined += take_line(text);
    if (joined.ends_with('\\')) {
      joined.back() = ' ';
      if (!text.empty()) continue;
    }
    const std::string line = std::exchange(joined, {});
    const auto words = words_of(line);
    if (words.empty() || words.front().starts_with('#')) continue;
    const std::string_view first = words.front();
    if (first == "auto" || first.starts_with("allow-")) {
      const bool hotplug = first == "allow-hotplug";
      // Another class is for who asks for it.
      if (!hotplug && first != "auto" && first != "allow-auto") continue;
      for (std::size_t at = 1; at < words.size(); ++at) {
        const std::string name{words[at]};
        if (name == "lo") continue;
        into.hotplug = into.hotplug || hotplug;
        if (name.find_first_of("*?[/=.:") != std::string::npos) into.doubt = true;
        into.brought_up.push_back(name);
      }
    } else if (first == "source" || first == "source-directory") {
      for (std::size_t at = 1; at < words.size(); ++at)
        into.sources.push_back(std::string{words[at]} + (first == "source" ? "" : "/*"));
    } else if (first == "mapping" || first == "template" || first == "rename" ||
               first == "auto-rename") {
      into.doubt = true;
    } else if (first == "iface") {
      // "inherits" and patterns as the name.
      if (words.size() != 4 || words[1].find_first_of("*?[/=") != std::string_view::npos)
        into.doubt = true;
    } else if (std::ranges::any_of(makes_links, [first](std::string_view part) {
                 return first.find(part) != std::string_view::npos;
               })) {
      into.doubt = true; // also what a command of a person's makes (pre-up)
    }
  }
}

BootFit interfaces_fit(const Interfaces& interfaces, const std::vector<BootLink>& links) {
  if (interfaces.doubt) return BootFit::perhaps;
  const bool fits = std::ranges::any_of(
      interfaces.brought_up, [&links](const std::string& name) { return has_link(links, name); });
  return fits ? BootFit::perhaps : BootFit::no;
}

BootFit keyfile_fit(std::string_view text, const std::vector<BootLink>& links) {
  std::string name;
  std::string mac;
  bool by_itself = true;
  bool other = false;
  const bool understood = each_setting(
      text, [&](std::string_view section, std::string_view key, std::string_view value) {
        if (section == "connection" && key == "interface-name") name = value;
        if (section == "connection" && key == "autoconnect")
          by_itself = value != "false" && value != "no" && value != "0";
        if (section == "ethernet" && key == "mac-address") mac = mac_text(value);
        // What makes its link itself, or comes by another way than a cable.
        if (section == "connection" && key == "type" && value != "ethernet" &&
            value != "802-3-ethernet")
          other = true;
        if (section == "match") other = true;
      });
  if (!understood) return BootFit::perhaps;
  if (!by_itself) return BootFit::no;
  if (other) return BootFit::perhaps;
  const bool fits = std::ranges::any_of(links, [&](const BootLink& link) {
    return (name.empty() || std::ranges::find(link.names, name) != link.names.end()) &&
           (mac.empty() || std::ranges::find(link.macs, mac) != link.macs.end());
  });
  return fits ? BootFit::perhaps : BootFit::no;
}

} // namespace sshguardd::parse
