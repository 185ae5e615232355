#include "parse/ssh_banner.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sshguardd::parse {

namespace {

constexpr std::size_t longest_identification = 255; // RFC 4253 4.2
constexpr std::size_t longest_line = 8192;          // ssh.h: SSH_MAX_BANNER_LEN, what clients bear
constexpr std::size_t longest_preamble = 64 * 1024; // far more than any text before it
constexpr std::size_t largest_packet = 256 * 1024;  // packet.c: PACKET_MAX_SIZE
constexpr unsigned char msg_kexinit = 20;           // RFC 4253 12

// sshd.c: what the listener writes instead of forking (10.0 and 9.7 names).
constexpr std::array<std::string_view, 2> shedding = {"Not allowed at this time",
                                                      "Exceeded MaxStartups"};

// Servers of other protocols that would otherwise pass for text before the identification.
constexpr std::array<std::string_view, 5> foreign = {"HTTP/", "220 ", "220-", "+OK", "* OK"};

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

template <std::size_t N>
bool starts_with_any(std::string_view text, const std::array<std::string_view, N>& prefixes) {
  for (const std::string_view prefix : prefixes) {
    if (starts_with(text, prefix)) return true;
  }
  return false;
}

// A line of text, be it UTF-8; binary protocols (TLS, MySQL) show themselves by control characters.
bool text_line(std::string_view line) {
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20U && c != '\t' && c != '\r') || byte == 0x7FU) return false;
  }
  return true;
}

// RFC 4253 6: uint32 length, padding length, then the message, its number first.
bool is_kexinit(std::string_view packet) {
  if (packet.size() < 6) return false;
  const auto byte = [&](std::size_t i) {
    return std::uint32_t{static_cast<unsigned char>(packet[i])};
  };
  const std::uint32_t length = (byte(0) << 24U) | (byte(1) << 16U) | (byte(2) << 8U) | byte(3);
  const std::uint32_t padding = byte(4);
  return length <= largest_packet && padding >= 4 && padding + 1 < length && byte(5) == msg_kexinit;
}

Banner identified(std::string_view line, std::string_view rest) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  // 1.99 is a server that also speaks 1 (RFC 4253 5.1).
  if (!starts_with(line, "SSH-2.0-") && !starts_with(line, "SSH-1.99-"))
    return {BannerState::not_ssh, {}};
  return {is_kexinit(rest) ? BannerState::kexinit : BannerState::banner,
          std::string{line.substr(0, longest_identification)}};
}

} // namespace

Banner ssh_banner(std::string_view bytes) {
  std::size_t start = 0;
  for (;;) {
    const std::string_view rest = bytes.substr(start);
    const std::size_t newline = rest.find('\n');
    const std::string_view line = rest.substr(0, newline);
    // Whole or not, the listener's answer is known by its words: it closes right behind them.
    if (starts_with_any(line, shedding)) return {BannerState::shedding, {}};
    if (line.size() > longest_line || start > longest_preamble || !text_line(line) ||
        starts_with_any(line, foreign)) {
      return {BannerState::not_ssh, {}};
    }
    if (newline == std::string_view::npos) return {};
    if (starts_with(line, "SSH-")) return identified(line, rest.substr(newline + 1));
    start += newline + 1;
  }
}

} // namespace sshguardd::parse
