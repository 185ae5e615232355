#include "harness.hpp"
#include "parse/kernel_messages.hpp"
#include "parse/proc.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto victim = parse::oom_victim(text)) {
    fuzz::require(victim->name.size() <= 60);
    fuzz::require(text.find(victim->name) != std::string_view::npos);
  }
  // A process names itself, in 15 bytes; the number is the kernel's.
  const auto named = parse::oom_victim("Out of memory: Killed process 7 (" +
                                       std::string{text.substr(0, 15)} + ") total-vm:1kB");
  fuzz::require(named && named->pid == 7);
  fuzz::require(!parse::gives_up(text, ""));
  if (parse::gives_up(text, "vda1")) fuzz::require(text.find("vda") != std::string_view::npos);
  const std::size_t line = text.find('\n');
  if (line != std::string_view::npos)
    (void)parse::gives_up(text.substr(line + 1), text.substr(0, line));
  const auto kills = parse::oom_kills(text);
  fuzz::require(!kills || text.find("oom_kill ") != std::string_view::npos);
  const auto score = parse::oom_score_adj(text);
  fuzz::require(!score || (*score >= -1000 && *score <= 1000));
  (void)parse::may_set_resources(text);
  (void)parse::maps_everybody(text);
  return 0;
}
