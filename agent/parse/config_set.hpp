// The files that make up sshd's configuration, as one text: what is kept of them below
// /var/lib/sshguardd, with everything that is needed to put them back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

struct ConfigFile {
  enum class Kind { file, link, absent };

  std::string path; // absolute, without "." and ".."
  Kind kind = Kind::file;
  std::uint32_t mode = 0; // permission bits; 0 for links
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string label; // SELinux: security.selinux; empty where there is none
  std::string text;  // of a link: where it points to

  bool operator==(const ConfigFile&) const = default;
};

// Kernels and policies differ in what labels they take: such a difference is nobody's work.
[[nodiscard]] bool same_but_label(const ConfigFile& a, const ConfigFile& b);

struct ConfigSet {
  std::int64_t saved_us = 0; // CLOCK_REALTIME
  std::vector<ConfigFile> files;

  [[nodiscard]] const ConfigFile* find(std::string_view path) const;

  static constexpr std::size_t max_files = 64;
  static constexpr std::size_t max_text = 256 << 10; // of one file
  static constexpr std::size_t max_total = 1 << 20;  // of all texts
};

// Whether it may be named in a set: absolute, no component "." or "..", no NUL, at most 4096 bytes.
[[nodiscard]] bool is_plain_path(std::string_view path);

[[nodiscard]] std::string to_text(const ConfigSet& set);

// nullopt for anything but a whole, undamaged text of to_text(): each file carries its checksum,
// since a file that is written back wrong locks people out.
[[nodiscard]] std::optional<ConfigSet> config_set(std::string_view text);

} // namespace sshguardd::parse
