#include "host/start_pages.hpp"

#include <cstddef>
#include <cstdint>

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

// Segments that may be written hold relocations, which would be lost (ld.so(8): RELRO is a part of
// such a one).
int release(dl_phdr_info* info, std::size_t /*size*/, void* page_size) {
  const std::uintptr_t page = *static_cast<const std::uintptr_t*>(page_size);
  for (std::size_t i = 0; i < info->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t from = (info->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const std::uintptr_t to = info->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    // Where it is refused (the vDSO), nothing is lost.
    (void)madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED); // NOLINT
  }
  return 0;
}

} // namespace

void release_start_pages() {
  auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  (void)dl_iterate_phdr(release, &page);
}

} // namespace sshguardd::host
