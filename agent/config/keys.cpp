#include "config/keys.hpp"

#include "config/mount_lines.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace sshguardd::config {
namespace {

constexpr std::string_view not_valid = "is not valid";
constexpr std::string_view too_small = "is too small";
constexpr std::string_view too_large = "is too large";

// ---- yes and no
// ----------------------------------------------------------------------------------

constexpr std::string_view allowed_flag = "yes, no, true, false, on, off, 1, 0";

std::optional<bool> flag_of(std::string_view value) {
  constexpr std::array<std::string_view, 4> yes{"yes", "true", "on", "1"};
  constexpr std::array<std::string_view, 4> no{"no", "false", "off", "0"};
  if (std::ranges::find(yes, value) != yes.end()) return true;
  if (std::ranges::find(no, value) != no.end()) return false;
  return std::nullopt;
}

template <bool Config::*Target>
std::string_view take_flag(const Key& /*key*/, std::string_view value, Config& config) {
  const auto flag = flag_of(value);
  if (!flag) return not_valid;
  config.*Target = *flag;
  return {};
}

template <bool Config::*Target> std::string show_flag(const Config& config) {
  return config.*Target ? "yes" : "no";
}

// ---- numbers and durations
// ------------------------------------------------------------------------

struct Number {
  std::int64_t value = 0;
  std::string_view rest; // what stands behind the digits
  bool overflow = false;
};

// Digits first: no sign, no blank.
std::optional<Number> number(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  Number number;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number.value);
  number.rest = text.substr(static_cast<std::size_t>(stop - text.data()));
  number.overflow = error == std::errc::result_out_of_range;
  return number;
}

std::string_view in_range(const Key& key, std::int64_t value) {
  if (value < key.least) return too_small;
  return value > key.most ? too_large : std::string_view{};
}

template <std::size_t Config::*Target>
std::string_view take_count(const Key& key, std::string_view value, Config& config) {
  const auto count = number(value);
  if (!count || !count->rest.empty()) return not_valid;
  const std::string_view wrong = count->overflow ? too_large : in_range(key, count->value);
  if (wrong.empty()) config.*Target = static_cast<std::size_t>(count->value);
  return wrong;
}

template <std::size_t Config::*Target> std::string show_count(const Config& config) {
  return std::to_string(config.*Target);
}

// Of a unit, in seconds; 0 where there is no such unit.
std::int64_t unit_seconds(std::string_view unit) {
  if (unit.empty() || unit == "s") return 1;
  if (unit == "m") return 60;
  if (unit == "h") return 3'600;
  return unit == "d" ? 86'400 : 0;
}

template <std::chrono::seconds Config::*Target>
std::string_view take_duration(const Key& key, std::string_view value, Config& config) {
  const auto amount = parse_seconds(value);
  if (!amount) return not_valid;
  const std::string_view wrong = in_range(key, *amount);
  if (wrong.empty()) config.*Target = std::chrono::seconds{*amount};
  return wrong;
}

template <std::chrono::seconds Config::*Target> std::string show_duration(const Config& config) {
  return std::to_string((config.*Target).count()) + "s";
}

// ---- room
// --------------------------------------------------------------------------------------

template <std::uint64_t Config::*Target>
std::string_view take_percent(const Key& key, std::string_view value, Config& config) {
  const auto percent = number(value);
  if (!percent || !percent->rest.empty()) return not_valid;
  const std::string_view wrong = percent->overflow ? too_large : in_range(key, percent->value);
  if (wrong.empty()) config.*Target = static_cast<std::uint64_t>(percent->value);
  return wrong;
}

template <std::uint64_t Config::*Target> std::string show_percent(const Config& config) {
  return std::to_string(config.*Target);
}

template <std::uint64_t Config::*Target>
std::string_view take_size(const Key& /*key*/, std::string_view value, Config& config) {
  const auto size = parse_size(value);
  if (!size) return not_valid;
  config.*Target = *size;
  return {};
}

template <std::uint64_t Config::*Target> std::string show_bytes(const Config& config) {
  return show_size(config.*Target);
}

// ---- others
// --------------------------------------------------------------------------------------

constexpr std::array<std::pair<std::string_view, LogLevel>, 4> levels{
    {{"error", LogLevel::error},
     {"warning", LogLevel::warning},
     {"info", LogLevel::info},
     {"debug", LogLevel::debug}}};
using Level = std::pair<std::string_view, LogLevel>;

std::string_view take_level(const Key& /*key*/, std::string_view value, Config& config) {
  const auto* found = std::ranges::find(levels, value, &Level::first);
  if (found == levels.end()) return not_valid;
  config.log_level = found->second;
  return {};
}

std::string show_level(const Config& config) {
  return std::string{std::ranges::find(levels, config.log_level, &Level::second)->first};
}

std::string_view take_opening(const Key& /*key*/, std::string_view value, Config& config) {
  if (value == "permanent") {
    config.open_firewall = FirewallOpening::permanent;
    return {};
  }
  const auto allows = flag_of(value);
  if (!allows) return not_valid;
  config.open_firewall = *allows ? FirewallOpening::for_a_time : FirewallOpening::no;
  return {};
}

std::string show_opening(const Config& config) {
  if (config.open_firewall == FirewallOpening::permanent) return "permanent";
  return config.open_firewall == FirewallOpening::for_a_time ? "yes" : "no";
}

// The device is opened by root and written to: it has to be below /dev by its very name.
std::string_view take_console(const Key& /*key*/, std::string_view value, Config& config) {
  constexpr std::string_view directory = "/dev/";
  const auto plain = [](char c) { return c > 0x20 && c < 0x7f; };
  const bool device = value.starts_with(directory) && value.size() > directory.size() &&
                      value.back() != '/' && value.find("..") == std::string_view::npos &&
                      std::ranges::all_of(value, plain);
  if (value != "auto" && value != "none" && !device) return not_valid;
  config.console = value;
  return {};
}

std::string show_console(const Config& config) {
  return config.console;
}

// Addresses with blanks or commas between them.
constexpr std::size_t most_sources = 16;

bool is_address(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> copy{};
  if (text.size() >= copy.size() || text.find('\0') != std::string_view::npos) return false;
  text.copy(copy.data(), text.size());
  in6_addr bytes{};
  return inet_pton(AF_INET, copy.data(), &bytes) == 1 ||
         inet_pton(AF_INET6, copy.data(), &bytes) == 1;
}

// The next word, and the text goes on behind it; empty: there is none.
std::string_view next_source(std::string_view& text) {
  constexpr std::string_view between = " \t,";
  text.remove_prefix(std::min(text.find_first_not_of(between), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(between));
  text.remove_prefix(word.size());
  return word;
}

// The first word that is no address, or one too many; empty: there is none.
std::string_view wrong_source(std::string_view value) {
  std::size_t count = 0;
  for (;;) {
    const std::string_view word = next_source(value);
    if (word.empty() || !is_address(word) || ++count > most_sources) return word;
  }
}

std::string_view take_sources(const Key& /*key*/, std::string_view value, Config& config) {
  const std::string_view wrong = wrong_source(value);
  if (!wrong.empty()) return is_address(wrong) ? "is one too many" : "is not an address";
  std::vector<std::string> sources;
  for (std::string_view word = next_source(value); !word.empty(); word = next_source(value))
    sources.emplace_back(word);
  config.firewall_sources = std::move(sources);
  return {};
}

std::string show_sources(const Config& config) {
  std::string text;
  for (const std::string& source : config.firewall_sources)
    text += (text.empty() ? "" : " ") + source;
  return text;
}

// ---- the table
// -----------------------------------------------------------------------------------

constexpr std::string_view seconds = "seconds, as 90, 90s, 15m, 2h or 1d";

template <bool Config::*Target>
constexpr Key flag(std::string_view section, std::string_view name) {
  return {section, name, take_flag<Target>, show_flag<Target>, allowed_flag};
}

template <std::chrono::seconds Config::*Target>
constexpr Key duration(std::string_view section, std::string_view name, std::int64_t least,
                       std::int64_t most) {
  return {section, name, take_duration<Target>, show_duration<Target>, seconds, least, most};
}

template <std::uint64_t Config::*Target>
constexpr Key percent(std::string_view section, std::string_view name) {
  return {section, name, take_percent<Target>, show_percent<Target>, "percent", 1, 100};
}

template <std::uint64_t Config::*Target>
constexpr Key size(std::string_view section, std::string_view name) {
  return {section, name, take_size<Target>, show_bytes<Target>, "bytes, as 104857600, 100M or 50G"};
}

constexpr std::array table{
    Key{"agent", "console", take_console, show_console, "auto, none, or a device as /dev/ttyS0"},
    Key{"agent", "console_rate", take_count<&Config::console_rate>,
        show_count<&Config::console_rate>, "bytes a minute", 512, 1'048'576},
    Key{"agent", "log_level", take_level, show_level, "error, warning, info, debug"},
    flag<&Config::heal>("heal", "enabled"),
    flag<&Config::restart_sshd>("heal", "restart_sshd"),
    flag<&Config::start_sshd>("heal", "start_sshd"),
    duration<&Config::start_sshd_after>("heal", "start_sshd_after", 10, 86'400),
    flag<&Config::make_privsep_dir>("heal", "make_privsep_dir"),
    flag<&Config::clear_host_key_mode>("heal", "clear_host_key_mode"),
    flag<&Config::generate_host_keys>("heal", "generate_host_keys"),
    flag<&Config::clear_key_mode>("heal", "clear_key_mode"),
    flag<&Config::clean_package_cache>("heal", "clean_package_cache"),
    flag<&Config::vacuum_journal>("heal", "vacuum_journal"),
    flag<&Config::remove_rotated_logs>("heal", "remove_rotated_logs"),
    flag<&Config::remove_core_dumps>("heal", "remove_core_dumps"),
    flag<&Config::grow_file_system>("heal", "grow_file_system"),
    Key{"heal", "open_firewall", take_opening, show_opening, "no, yes, permanent"},
    duration<&Config::open_firewall_for>("heal", "open_firewall_for", 3'600, 604'800),
    flag<&Config::rollback_sshd_config>("heal", "rollback_sshd_config"),
    duration<&Config::rollback_after>("heal", "rollback_after", 10, 86'400),
    duration<&Config::back_off>("heal", "back_off", 1, 600),
    flag<&Config::sshd_expected>("sshd", "expected"),
    duration<&Config::probe_interval>("probe", "interval", 60, 86'400),
    duration<&Config::probe_retry>("probe", "retry", 2, 300),
    duration<&Config::probe_timeout>("probe", "timeout", 6, 60),
    percent<&Config::disk_warning>("disk", "warning"),
    size<&Config::disk_warning_bytes>("disk", "warning_bytes"),
    percent<&Config::disk_critical>("disk", "critical"),
    size<&Config::disk_critical_bytes>("disk", "critical_bytes"),
    percent<&Config::journal_warning>("journal", "warning"),
    size<&Config::journal_warning_bytes>("journal", "warning_bytes"),
    Key{"firewall", "sources", take_sources, show_sources,
        "at most 16 addresses with blanks between them, as 203.0.113.7 2001:db8::7", 0, 0,
        wrong_source},
};
constexpr std::array<std::string_view, 8> names{
    "agent", "heal", "sshd", "probe", disk_section, "journal", "firewall", accept_section};

} // namespace

std::optional<std::int64_t> parse_seconds(std::string_view text) {
  const auto amount = number(text);
  const std::int64_t unit = amount ? unit_seconds(amount->rest) : 0;
  if (unit == 0) return std::nullopt;
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  return amount->overflow || amount->value > most / unit ? most : amount->value * unit;
}

std::span<const Key> keys() {
  return table;
}

std::span<const std::string_view> sections() {
  return names;
}

std::string allowed(const Key& key) {
  if (key.most == 0) return std::string{key.allowed};
  return std::to_string(key.least) + " to " + std::to_string(key.most) + " " +
         std::string{key.allowed};
}

} // namespace sshguardd::config
