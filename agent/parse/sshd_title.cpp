#include "parse/sshd_title.hpp"

#include <charconv>

namespace sshguardd::parse {
namespace {

constexpr int most = 1'000'000; // far above any limit of descriptors

// Takes a number from the end of the text.
bool take_number(std::string_view& text, int& number) {
  std::size_t start = text.size();
  while (start > 0 && text[start - 1] >= '0' && text[start - 1] <= '9')
    --start;
  const auto [rest, error] =
      std::from_chars(text.data() + start, text.data() + text.size(), number);
  if (error != std::errc{} || number > most) return false;
  text.remove_suffix(text.size() - start);
  return true;
}

bool take(std::string_view& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  text.remove_suffix(end.size());
  return true;
}

} // namespace

std::optional<Startups> sshd_title(std::string_view cmdline) {
  while (!cmdline.empty() && cmdline.back() == '\0')
    cmdline.remove_suffix(1);
  Startups startups;
  if (!cmdline.starts_with("sshd: ") || !take(cmdline, " startups") ||
      !take_number(cmdline, startups.full) || !take(cmdline, "-") ||
      !take_number(cmdline, startups.begin) || !take(cmdline, " of ") ||
      !take_number(cmdline, startups.current) || !take(cmdline, "[listener] "))
    return std::nullopt;
  if (startups.begin < 1 || startups.full < startups.begin) return std::nullopt;
  return startups;
}

} // namespace sshguardd::parse
