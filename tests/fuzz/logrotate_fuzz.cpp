#include "harness.hpp"
#include "parse/logrotate.hpp"
#include "parse/systemctl_show.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto logs = parse::logrotate_state(text);
  fuzz::require(logs.size() <= parse::most_rotated_logs);
  for (const parse::RotatedLog& log : logs) {
    fuzz::require(!log.path.empty());
    fuzz::require(log.date.size() == 10 && log.date[4] == '-' && log.date[7] == '-');
    fuzz::require(fuzz::printable(log.date));
  }
  // A line of its own is read whatever stands before it.
  const auto more = parse::logrotate_state(std::string{text.substr(0, 10'000)} +
                                           "\n\"/var/log/x\" 2026-1-2-3:4:5\n");
  fuzz::require(!more.empty() && more.back() == parse::RotatedLog{"/var/log/x", "2026-01-02"});
  (void)parse::is_rotated_name(text);
  fuzz::require(parse::is_rotated_name(std::string{text} + ".gz"));
  for (const auto& unit : parse::shown_properties_of(text))
    fuzz::require(!unit.empty());
  return 0;
}
