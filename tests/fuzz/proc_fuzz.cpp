#include "harness.hpp"
#include "parse/proc.hpp"

#include <string>

using namespace sshguardd;

namespace {

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto state = parse::process_state(text);
  fuzz::require(!state || is_letter(*state));
  // A process names itself: whatever the name is, the kernel's letter counts.
  const std::string stat = "42 (" + std::string{text} + ") S 1 42 42 0 -1\n";
  fuzz::require(parse::process_state(stat) == 'S');

  const bool frozen = parse::cgroup_frozen(text);
  fuzz::require(!frozen || text.find("frozen 1") != std::string_view::npos);

  for (const char* kind : {"some", "full"}) {
    const auto share = parse::pressure_avg10(text, kind);
    fuzz::require(!share || (*share >= 0 && *share <= 100)); // never a NaN
    // The kernel's line comes first; what follows it changes nothing.
    const std::string line = std::string{kind} + " avg10=1.50 avg60=0.00 avg300=0.00 total=0\n";
    fuzz::require(parse::pressure_avg10(line + std::string{text}, kind) == 1.5);
  }
  (void)parse::pressure_avg10("some " + std::string{text}, "some");
  (void)parse::pressure_avg10("some avg10=" + std::string{text}, "some");

  const auto tasks = parse::runnable_tasks(text);
  fuzz::require(!tasks || *tasks >= 0);
  return 0;
}
