// What is kept of sshd's configuration: whatever is read is whole, bounded, and says the same when
// it is written again.
#include "harness.hpp"
#include "parse/config_set.hpp"

#include <cstddef>
#include <cstdint>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto set = parse::config_set(text)) {
    fuzz::require(set->files.size() <= parse::ConfigSet::max_files);
    for (const parse::ConfigFile& file : set->files) {
      fuzz::require(parse::is_plain_path(file.path) && file.mode <= 07777U);
      fuzz::require(file.text.size() <= parse::ConfigSet::max_text);
      fuzz::require(set->find(file.path) == &file);
    }
    const auto again = parse::config_set(parse::to_text(*set));
    fuzz::require(again && again->files == set->files && again->saved_us == set->saved_us);
  }
  // Any content comes back as it was.
  parse::ConfigSet set;
  parse::ConfigFile file;
  file.path = "/etc/ssh/sshd_config";
  file.text = text.substr(0, parse::ConfigSet::max_text);
  set.files.push_back(file);
  const auto read = parse::config_set(parse::to_text(set));
  fuzz::require(read && read->files == set.files);
  return 0;
}
