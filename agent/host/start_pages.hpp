// Lets go of what only the start of this process needed of its program and libraries.
#pragma once

namespace sshguardd::host {

// Read-only pages of files: the kernel's page cache keeps them, and a page that is needed again is
// mapped again, without reading. What stays mapped is what looks really use.
void release_start_pages();

} // namespace sshguardd::host
