// What findmnt(8) --verify says of fstab(5): util-linux, misc-utils/findmnt-verify.c.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

struct VerifyMessage {
  std::string target; // as the entry has it, untrusted
  bool error = false; // "[E]", else "[W]"
  std::string text;   // untrusted where it names something
};

// Of its standard output, in its order.
[[nodiscard]] std::vector<VerifyMessage> findmnt_verify(std::string_view out);

// Of its standard error: the lines of fstab(5) that libmount passes over, from 1.
[[nodiscard]] std::vector<unsigned> findmnt_parse_errors(std::string_view err);

inline constexpr std::size_t most_verify_messages = 512;

} // namespace sshguardd::parse
