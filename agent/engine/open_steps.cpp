#include "engine/open_steps.hpp"

#include "engine/firewalld.hpp"
#include "engine/systemd_run.hpp"
#include "parse/shell_word.hpp"

#include <algorithm>
#include <string_view>

namespace sshguardd::engine {
namespace {

constexpr std::size_t most_sources = 8;
// firewalld: functions.py, max_zone_name_len() leaves at most 17 of netfilter's 29.
constexpr std::size_t longest_zone = 17;

bool digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_zone(std::string_view name) {
  return is_firewalld_name(name) && name.size() <= longest_zone &&
         name.find('/') == std::string_view::npos;
}

bool is_whole_family(std::string_view text) {
  return text == "0.0.0.0/0" || text == "::/0";
}

// What it is was told by inet_ntop(3): here only that it is no word of another kind.
bool is_address(std::string_view text) {
  if (is_whole_family(text)) return true;
  const bool six = text.find(':') != std::string_view::npos;
  return text.size() >= 2 && text.size() < 46 && std::ranges::all_of(text, [six](char c) {
           return digit(c) || c == '.' ||
                  (six && (c == ':' || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
         });
}

std::string rich_rule(const std::string& source, const std::string& port) {
  const bool six = source.find(':') != std::string::npos;
  return std::string{"rule family=\"ipv"} + (six ? "6" : "4") + "\"" +
         (is_whole_family(source) ? "" : " source address=\"" + source + "\"") + " port port=\"" +
         port + "\" protocol=\"tcp\" accept";
}

// Of firewall-cmd(1): "--add-" or "--remove-".
std::vector<std::string> of_firewalld(const OpenFirewall& remedy, const std::string& verb) {
  const std::string port = std::to_string(remedy.port);
  std::vector<std::string> argv{"firewall-cmd", "--zone=" + remedy.zone};
  for (const std::string& source : remedy.sources)
    argv.push_back("--" + verb + "-rich-rule=" + rich_rule(source, port));
  if (!remedy.sources.empty()) return argv;
  argv.push_back("--" + verb + "-" + firewalld_entry(remedy.port));
  return argv;
}

// `allow` alone goes behind what is there: bans that fail2ban has put first stay ahead of it.
std::vector<std::vector<std::string>> of_ufw(const OpenFirewall& remedy, const std::string& verb) {
  const std::string port = std::to_string(remedy.port);
  std::vector<std::string> start{"ufw"};
  if (!verb.empty()) start.push_back(verb);
  start.emplace_back("allow");
  if (remedy.sources.empty()) {
    start.push_back(port + "/tcp");
    return {start};
  }
  std::vector<std::vector<std::string>> steps;
  for (const std::string& source : remedy.sources) {
    auto& argv = steps.emplace_back(start);
    for (const std::string& word :
         {std::string{"from"}, source, std::string{"to"}, std::string{"any"}, std::string{"port"},
          port, std::string{"proto"}, std::string{"tcp"}})
      argv.push_back(word);
  }
  return steps;
}

} // namespace

std::string why_not_openable(const OpenFirewall& remedy) {
  if (remedy.owner != "ufw" && remedy.owner != "firewalld")
    return "the agent asks ufw and firewalld only";
  if (remedy.port == 0) return "its port is not known";
  if (remedy.sources.size() > most_sources)
    return "more than " + std::to_string(most_sources) + " addresses would have to be let in";
  if (!std::ranges::all_of(remedy.sources, is_address)) return "what is let in is no address";
  if (remedy.owner == "ufw") return {};
  if (!is_zone(remedy.zone)) return "its zone is not known";
  if (!remedy.permanent && remedy.timeout_s == 0) return "it would never expire";
  return {};
}

std::vector<std::vector<std::string>> open_steps(const OpenFirewall& remedy) {
  if (!why_not_openable(remedy).empty()) return {};
  if (remedy.owner == "ufw") return of_ufw(remedy, remedy.behind ? "" : "prepend");
  auto argv = of_firewalld(remedy, "add");
  if (!remedy.permanent) {
    argv.push_back("--timeout=" + std::to_string(remedy.timeout_s));
    return {argv};
  }
  auto permanent = argv;
  permanent.insert(permanent.begin() + 1, "--permanent");
  return {argv, permanent};
}

std::vector<std::string> undo_steps(const OpenFirewall& remedy) {
  std::vector<std::string> lines;
  if (!why_not_openable(remedy).empty()) return lines;
  if (remedy.owner == "ufw") {
    for (const auto& argv : of_ufw(remedy, "delete"))
      lines.push_back(command_text(argv));
    return lines;
  }
  auto argv = of_firewalld(remedy, "remove");
  lines.push_back(command_text(argv));
  if (!remedy.permanent) return lines;
  argv.insert(argv.begin() + 1, "--permanent");
  lines.push_back(command_text(argv));
  return lines;
}

std::string command_text(const std::vector<std::string>& argv) {
  std::string line;
  for (const std::string& word : argv) {
    // --zone=public is no word to quote, --add-rich-rule=... has blanks.
    const bool option = word.starts_with("--") && word.find_first_of(" \"'") == std::string::npos;
    line += (line.empty() ? "" : " ") + (option ? word : parse::shell_word(word));
  }
  return line;
}

std::vector<std::string> opened_by_systemd(const std::string& program,
                                           const std::vector<std::string>& argv) {
  const std::string& path = argv.front();
  return systemd_run(program,
                     {std::string{"--unit="} + open_unit,
                      "--description=sshguardd: " + path.substr(path.rfind('/') + 1),
                      "--setenv=LC_ALL=C", "--setenv=PATH=/usr/sbin:/usr/bin:/sbin:/bin"},
                     {"RuntimeMaxSec=" + std::to_string(open_deadline.count()), "TimeoutStopSec=1",
                      "DevicePolicy=closed", "LimitCORE=0"},
                     argv);
}

} // namespace sshguardd::engine
