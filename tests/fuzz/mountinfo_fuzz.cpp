// A table of mounts and an fstab, with a line "==" between: what is chosen of them.
#include "engine/disk_choice.hpp"
#include "harness.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::size_t mark = text.find("\n==\n");
  const auto mounts = parse::mountinfo(text.substr(0, mark));
  const auto fstab =
      parse::fstab(mark == std::string_view::npos ? std::string_view{} : text.substr(mark + 4));
  for (const parse::Mount& mount : mounts) {
    fuzz::require(mount.point.starts_with('/'));
    const parse::Mount* on = parse::covering(mounts, mount.point);
    fuzz::require(on != nullptr && on->point.size() <= mount.point.size());
  }
  const auto chosen = engine::choose_file_systems(mounts, fstab, engine::needed_paths(mounts), {});
  fuzz::require(chosen.size() <= engine::most_file_systems);
  for (std::size_t at = 0; at < chosen.size(); ++at) {
    const FileSystem& one = chosen[at];
    fuzz::require(!one.holds.empty() && one.mount.starts_with('/'));
    // Not both by design and against what is wanted.
    fuzz::require(!(one.read_only_by_design && one.was_writable));
    for (std::size_t other = at + 1; other < chosen.size(); ++other)
      fuzz::require(chosen[other].device != one.device);
  }
  return 0;
}
