#include "config/load.hpp"
#include "harness.hpp"

#include <string>

using namespace sshguardd;

namespace {

// "FILE:12: ..." with a number that is a line of the text.
bool has_place(std::string_view error, std::size_t lines) {
  constexpr std::string_view start = "FILE:";
  if (!error.starts_with(start)) return false;
  error.remove_prefix(start.size());
  const std::size_t digits = std::min(error.find_first_not_of("0123456789"), error.size());
  if (digits == 0 || digits > 9 || !error.substr(digits).starts_with(": ")) return false;
  const auto line = std::stoul(std::string{error.substr(0, digits)});
  return line >= 1 && line <= lines;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto loaded = config::parse(text, "FILE");
  const std::vector<std::string>& errors = loaded.errors.lines;
  fuzz::require(errors.size() <= 51); // the last one may say how many more there are
  const std::size_t lines = fuzz::split(text, '\n').size();
  for (std::size_t at = 0; at < errors.size(); ++at) {
    const bool counts_the_rest = at == 50 && errors[at].ends_with(" more errors");
    fuzz::require(counts_the_rest || has_place(errors[at], lines));
    // The agent shows each as one line of its own.
    fuzz::require(errors[at].find('\n') == std::string::npos);
  }

  // Whatever it says, what is in force lies in the documented range.
  const Config& config = loaded.config;
  fuzz::require(config.console == "auto" || config.console == "none" ||
                (config.console.starts_with("/dev/") && fuzz::printable(config.console)));
  fuzz::require(config.console.find("..") == std::string::npos);
  fuzz::require(config.console_rate >= 512 && config.console_rate <= 1'048'576);
  const auto within = [](std::chrono::seconds value, int least, int most) {
    return value >= std::chrono::seconds{least} && value <= std::chrono::seconds{most};
  };
  fuzz::require(within(config.start_sshd_after, 10, 86'400));
  fuzz::require(within(config.back_off, 1, 600));
  fuzz::require(within(config.probe_interval, 60, 86'400));
  fuzz::require(within(config.probe_retry, 2, 300));
  fuzz::require(within(config.probe_timeout, 6, 60));
  for (const Accept& accept : config.accept)
    fuzz::require(!accept.id.empty());
  return 0;
}
