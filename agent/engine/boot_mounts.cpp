#include "engine/boot_mounts.hpp"

#include "parse/lines.hpp"
#include "parse/mountinfo.hpp"
#include "parse/path.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>

namespace sshguardd::engine {
namespace {

// systemd: mountpoint-util.c:fstype_is_network().
constexpr std::array<std::string_view, 19> network_types{
    "afs", "ceph", "cifs", "smb3",      "smbfs", "sshfs", "ncpfs",  "ncp",   "nfs",     "nfs4",
    "gfs", "gfs2", "9p",   "glusterfs", "pvfs2", "ocfs2", "lustre", "davfs", "virtiofs"};
// ... mount-setup.c:mount_point_is_api(), mount_point_ignore().
constexpr std::array<std::string_view, 5> api{"/proc", "/sys", "/dev", "/run", "/selinux"};

bool is_network(const parse::FstabEntry& entry) {
  std::string_view type = entry.type;
  if (type.starts_with("fuse.")) type.remove_prefix(5);
  return parse::has_option(entry.options, "_netdev") ||
         std::ranges::find(network_types, type) != network_types.end();
}

// Of two that contradict each other the last one counts: fstab-util.h:fstab_test_yes_no_option().
bool is_set(std::string_view options, std::string_view yes, std::string_view no) {
  bool set = false;
  parse::each_option(options, [&](std::string_view option) {
    if (option == yes) set = true;
    if (option == no) set = false;
  });
  return set;
}

bool has_value(std::string_view options, std::string_view name) {
  bool found = false;
  parse::each_option(options, [&](std::string_view option) {
    found = found || (option.starts_with(name) && option.substr(name.size()).starts_with('='));
  });
  return found;
}

bool is_bind(const FstabMount& entry) {
  return parse::has_option(entry.options, "bind") || parse::has_option(entry.options, "rbind") ||
         entry.type == "bind" || entry.type == "rbind";
}

FstabMount boot_mount(const parse::FstabEntry& entry, bool sys_read_only) {
  FstabMount one{.source = entry.source,
                 .point = entry.point,
                 .type = entry.type,
                 .options = entry.options,
                 .device = {},
                 .verify = {},
                 .homes = {}};
  if (const std::string node = device_node(entry.source); node.starts_with("/dev/"))
    one.device = node;
  const bool is_api = std::ranges::any_of(
      api, [&](std::string_view place) { return parse::lies_in(entry.point, place); });
  if (entry.type == "autofs" || is_api || (sys_read_only && !one.device.empty())) return one;
  one.network = is_network(entry);
  one.unstable = unstable_name(entry.source);
  // Of the root nothing but its own mount is waited for (mount.c:mount_add_device_dependencies()).
  if (entry.point == "/") return one;
  const bool on_demand = is_set(entry.options, "noauto", "auto") ||
                         parse::has_option(entry.options, "x-systemd.automount") ||
                         parse::has_option(entry.options, "comment=systemd.automount");
  one.expected = !on_demand;
  const bool elsewhere = has_value(entry.options, "x-systemd.wanted-by") ||
                         has_value(entry.options, "x-systemd.required-by");
  one.required =
      !on_demand && !one.network && !elsewhere && !is_set(entry.options, "nofail", "fail");
  return one;
}

// These lie on a disk, whatever their source is called.
constexpr std::array<std::string_view, 12> disk_types{"ext2",  "ext3",  "ext4",  "xfs",
                                                      "btrfs", "vfat",  "exfat", "f2fs",
                                                      "jfs",   "ntfs3", "udf",   "iso9660"};

// A file system that is made of nothing, or of something that is no device.
bool is_pseudo(const FstabMount& entry) {
  return !entry.source.starts_with('/') && entry.device.empty();
}

bool about_source(std::string_view text) {
  return text.starts_with("unreachable on boot required source: ") ||
         text.starts_with("unreachable source: ") || text.starts_with("unreachable: ");
}

bool about_type(const parse::VerifyMessage& message) {
  return (message.error && message.text.find(" does not match with on-disk ") != std::string::npos);
}

bool unsupported(const parse::VerifyMessage& message) {
  return message.text.ends_with(" seems unsupported by the current kernel");
}

} // namespace

// device-nodes.c:encode_devnode_name(), unquote() of fstab-util.c.
std::string device_node(std::string_view source) {
  struct Tag {
    std::string_view name;
    std::string_view directory;
  };
  constexpr std::array<Tag, 4> tags{{{"LABEL=", "label"},
                                     {"UUID=", "uuid"},
                                     {"PARTUUID=", "partuuid"},
                                     {"PARTLABEL=", "partlabel"}}};
  for (const Tag& tag : tags) {
    if (!source.starts_with(tag.name)) continue;
    std::string_view value = source.substr(tag.name.size());
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
        value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    std::string node = "/dev/disk/by-" + std::string{tag.directory} + "/";
    for (const char c : value) {
      constexpr std::string_view plain = "#+-.:=@_";
      const bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                          (c >= 'a' && c <= 'z') || (static_cast<unsigned char>(c) >= 0x80);
      if (letter || plain.find(c) != std::string_view::npos) {
        node += c;
      } else {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        node += {'\\', 'x', digits[byte >> 4U], digits[byte & 15U]};
      }
    }
    return node;
  }
  return source.starts_with('/') ? std::string{source} : std::string{};
}

bool unstable_name(std::string_view source) {
  if (!source.starts_with("/dev/")) return false;
  const std::string_view name = source.substr(5);
  const auto letters_then_digits = [](std::string_view rest) {
    const std::size_t letters =
        std::min(rest.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), rest.size());
    return letters > 0 &&
           rest.substr(letters).find_first_not_of("0123456789") == std::string_view::npos;
  };
  for (const std::string_view driver : {"sd", "vd", "hd", "xvd"}) {
    if (name.starts_with(driver) && letters_then_digits(name.substr(driver.size()))) return true;
  }
  return name.starts_with("nvme") && name.size() > 4 && name[4] >= '0' && name[4] <= '9' &&
         name.find('/') == std::string_view::npos;
}

std::vector<FstabMount> boot_mounts(const std::vector<parse::FstabEntry>& entries,
                                    bool sys_read_only) {
  std::vector<FstabMount> mounts;
  std::set<std::string_view> units;
  for (const parse::FstabEntry& entry : entries) {
    FstabMount one = boot_mount(entry, sys_read_only);
    // The unit of the first one is there already: "Duplicate entry in /etc/fstab?"
    if (!units.insert(entry.point).second) one.expected = one.required = false;
    mounts.push_back(std::move(one));
  }
  return mounts;
}

std::vector<std::string> crypttab_names(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    std::string_view line = parse::take_line(text);
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(" \t\r")));
    const std::string_view name = line.substr(0, line.find_first_of(" \t\r"));
    if (!name.empty() && !name.starts_with('#')) names.emplace_back(name);
  }
  return names;
}

std::string verify_text(const FstabMount& entry, const std::vector<parse::VerifyMessage>& said) {
  for (const parse::VerifyMessage& message : said) {
    if (message.target == entry.point &&
        (about_source(message.text) || about_type(message) || unsupported(message)))
      return message.text;
  }
  return {};
}

std::string why_not_mountable(const FstabMount& entry, const SourceLook& source,
                              const std::optional<std::vector<parse::VerifyMessage>>& said) {
  // What is bound is made where it is missing (mount.c:mount_enter_mounting()).
  if (!entry.expected || entry.network || is_bind(entry) || source.may_come) return {};
  const auto says = [&](auto&& what) {
    return said && std::ranges::any_of(*said, [&](const parse::VerifyMessage& message) {
             return message.target == entry.point && what(message);
           });
  };
  const bool confirmed =
      !said || says([](const parse::VerifyMessage& message) { return about_source(message.text); });
  // Sources of others are words for their own programs: fuse.mergerfs has patterns there.
  const bool on_disk = std::ranges::find(disk_types, entry.type) != disk_types.end() ||
                       parse::has_option(entry.options, "loop");
  // Neither a path nor a tag, where one is needed: also of a line that is cut off, which libmount
  // passes over and systemd does not (tried: 257).
  if (is_pseudo(entry) && (on_disk || entry.type.empty()) && !entry.mounted &&
      entry.source.find('=') == std::string::npos)
    return entry.source + " is no device";
  const bool looked = source.asked && (on_disk || !entry.device.empty());
  if (!is_pseudo(entry) && looked && !source.there && confirmed)
    return entry.device.empty() || entry.device == entry.source ? entry.source + " is not there"
                                                                : "no disk has " + entry.source;
  if (!entry.mounted && source.modules && !source.helper && says(unsupported))
    return "the kernel has no file system " + entry.type;
  if (!entry.mounted && says(about_type)) return "its type is not " + entry.type;
  return {};
}

} // namespace sshguardd::engine
