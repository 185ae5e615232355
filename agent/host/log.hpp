// The agent's own diagnostics, through spdlog: to the journal without blocking, or to a terminal.
#pragma once

#include "sshguardd/config.hpp"

#include <string>

namespace sshguardd::host {

class Journal;

// Once, at start. The journal must outlive all logging.
void start_logging(Journal& journal, LogLevel level);
void set_log_level(LogLevel level);

void log_error(const std::string& text);
void log_warning(const std::string& text);
void log_info(const std::string& text);
void log_debug(const std::string& text);

} // namespace sshguardd::host
