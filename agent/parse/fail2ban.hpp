// fail2ban's answer to "banned" on its socket: a Python pickle (protocol 4, pickletools.py) of
// (0, [{"sshd": ["192.0.2.1", ...]}, ...]), then the end mark. Of pickle the few codes that such an
// answer takes are read, none of those that make objects other than
// strings.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

struct JailBan {
  std::string jail;
  std::string address;

  bool operator==(const JailBan&) const = default;
};

inline constexpr std::string_view fail2ban_end = "<F2B_END_COMMAND>";
// ["banned"], in protocol 2, which every Python reads.
inline constexpr char fail2ban_question[] = "\x80\x02]X\x06\x00\x00\x00"
                                            "banneda.<F2B_END_COMMAND>";

// Nothing where it is no such answer (an error of fail2ban's, another version's form).
[[nodiscard]] std::optional<std::vector<JailBan>> fail2ban_banned(std::string_view answer);

} // namespace sshguardd::parse
