#include "parse/ufw_boot.hpp"

#include "parse/iptables_restore.hpp"
#include "parse/iptables_save.hpp"
#include "parse/lines.hpp"

#include <array>
#include <iterator>
#include <utility>

namespace sshguardd::parse {
namespace {

constexpr std::string_view blanks = " \t\r";

constexpr std::array<std::string_view, 3> directions = {"input", "output", "forward"};
constexpr std::array<std::string_view, 3> built_in = {"INPUT", "OUTPUT", "FORWARD"};

bool is_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of(
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
                              std::string_view::npos;
}

// What follows "NAME=", with a comment behind it; nothing: more than one plain word.
std::optional<std::string> plain_value(std::string_view text) {
  constexpr std::string_view special = "$`\\\"'&|;<>()*?[~";
  std::string value;
  std::string_view rest;
  if (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
    const std::size_t end = text.find(text.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    value = text.substr(1, end - 1);
    if (text.front() == '"' && value.find_first_of("$`\\") != std::string::npos)
      return std::nullopt;
    rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t') return std::nullopt;
  } else {
    const std::size_t end = text.find_first_of(" \t");
    value = text.substr(0, end);
    if (value.find_first_of(special) != std::string::npos) return std::nullopt;
    rest = end == std::string_view::npos ? std::string_view{} : text.substr(end);
  }
  rest = trimmed(rest, blanks);
  return rest.empty() || rest.front() == '#' ? std::optional{value} : std::nullopt;
}

struct Settings {
  bool enabled = false;
  bool ip6 = false;
  bool manages_built_ins = false;
  std::array<std::string, 3> policies; // of `directions`: ACCEPT, DROP, REJECT
};

class Reader {
public:
  Reader(const UfwFiles& files, std::vector<std::string>& unread)
      : files_{files}, unread_{unread} {}

  Settings settings() {
    Settings made;
    made.enabled = is_yes("ENABLED");
    if (!made.enabled) return made;
    made.ip6 = is_yes("IPV6");
    made.manages_built_ins = value("MANAGE_BUILTINS") == "yes";
    made.policies = {policy("DEFAULT_INPUT_POLICY"), policy("DEFAULT_OUTPUT_POLICY"),
                     policy("DEFAULT_FORWARD_POLICY")};
    return made;
  }

private:
  std::string value(std::string_view name) {
    std::string found;
    for (const std::string& text : {files_.defaults, files_.conf}) {
      const auto read = shell_value(text, name);
      if (!read)
        unread_.push_back("ufw: " + read.why());
      else if (*read)
        found = **read;
    }
    return found;
  }

  bool is_yes(std::string_view name) {
    const std::string text = value(name);
    return text == "yes" || text == "YES";
  }

  std::string policy(std::string_view name) {
    std::string text = value(name);
    if (text != "ACCEPT" && text != "DROP" && text != "REJECT")
      unread_.push_back("ufw: " + std::string{name} + " is not known: " + text.substr(0, 32));
    return text;
  }

  const UfwFiles& files_;
  std::vector<std::string>& unread_;
};

// One family, in the order of ufw_start().
class Family {
public:
  Family(const Settings& settings, bool ip6)
      : settings_{settings}, name_{ip6 ? "ufw6-" : "ufw-"}, kind_{ip6 ? "6" : ""} {}

  IptablesRestore load(const UfwFiles::Rules& rules, std::vector<std::string>& unread) {
    primary_chains();
    policies_of_chains();
    skip_to_policy();
    file(rules.before, "before", unread);
    file(rules.after, "after", unread);
    user_chains(rules.user, unread);
    built_in_policies();
    unread.insert(unread.end(), restore_.unread().begin(), restore_.unread().end());
    return std::move(restore_);
  }

private:
  void load_own(const std::string& lines) {
    restore_.load("*filter\n" + lines + "COMMIT\n", true, "ufw");
  }

  std::string chain(std::string_view what, std::string_view direction) const {
    return name_ + std::string{what} + "-" + std::string{direction};
  }

  void primary_chains() {
    static constexpr std::string_view kinds[] = {"before-logging", "before", "after",
                                                 "after-logging",  "reject", "track"};
    std::string lines;
    for (const std::string_view kind : kinds) {
      for (const std::string_view direction : directions)
        lines += ":" + chain(kind, direction) + " - [0:0]\n";
    }
    for (std::size_t i = 0; i < directions.size(); ++i) {
      for (const std::string_view kind : kinds)
        lines += "-A " + std::string{built_in[i]} + " -j " + chain(kind, directions[i]) + "\n";
    }
    load_own(lines);
  }

  void policies_of_chains() {
    for (std::size_t i = 0; i < directions.size(); ++i) {
      if (settings_.policies[i] == "REJECT")
        load_own("-A " + chain("reject", directions[i]) + " -j REJECT\n");
      if (settings_.policies[i] != "ACCEPT") continue;
      std::string lines;
      for (const std::string_view protocol : {"tcp", "udp"})
        lines += "-A " + chain("track", directions[i]) + " -p " + std::string{protocol} +
                 " -m conntrack --ctstate NEW -j ACCEPT\n";
      load_own(lines);
    }
  }

  void skip_to_policy() {
    std::string lines = ":" + name_ + "logging-deny - [0:0]\n:" + name_ + "logging-allow - [0:0]\n";
    for (const std::string_view direction : directions)
      lines += ":" + chain("skip-to-policy", direction) + " - [0:0]\n";
    for (std::size_t i = 0; i < directions.size(); ++i)
      lines +=
          "-A " + chain("skip-to-policy", directions[i]) + " -j " + settings_.policies[i] + "\n";
    load_own(lines);
  }

  bool file(const Fact<std::string>& text, const std::string& name,
            std::vector<std::string>& unread) {
    const std::string from = name + kind_ + ".rules";
    if (!text)
      unread.push_back("ufw: " + text.why());
    else if (text->empty())
      unread.push_back("ufw: " + from + " is missing");
    else
      (void)restore_.load(*text, true, "ufw: " + from);
    return text && !text->empty();
  }

  void user_chains(const Fact<std::string>& text, std::vector<std::string>& unread) {
    std::string lines;
    for (const std::string_view kind : {"user", "user-logging"}) {
      for (const std::string_view direction : directions)
        lines += ":" + chain(kind, direction) + " - [0:0]\n";
    }
    lines += ":" + name_ + "user-limit - [0:0]\n:" + name_ + "user-limit-accept - [0:0]\n";
    if (text && !text->empty()) load_own(lines);
    if (!file(text, "user", unread)) return;
    lines.clear();
    for (const std::string_view direction : directions)
      lines += "-A " + chain("before", direction) + " -j " + chain("user", direction) + "\n";
    load_own(lines);
  }

  void built_in_policies() {
    std::string lines;
    for (std::size_t i = 0; i < directions.size(); ++i) {
      const std::string& policy = settings_.policies[i];
      lines += ":" + std::string{built_in[i]} + " " + (policy == "REJECT" ? "DROP" : policy) +
               " [0:0]\n";
    }
    load_own(lines);
  }

  const Settings& settings_;
  std::string name_;
  std::string kind_;
  IptablesRestore restore_;
};

void append(std::vector<firewall::Table>& to, std::vector<firewall::Table> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

} // namespace

Fact<std::optional<std::string>> shell_value(std::string_view text, std::string_view name) {
  std::optional<std::string> found;
  while (!text.empty()) {
    std::string_view line = trimmed(take_line(text), blanks);
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("export ")) line = trimmed(line.substr(7), blanks);
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || !is_name(line.substr(0, equals)))
      return Unknown{"more than settings: " + std::string{line.substr(0, 64)}};
    if (line.substr(0, equals) != name) continue;
    found = plain_value(line.substr(equals + 1));
    if (!found) return Unknown{"a value that is not plain: " + std::string{line.substr(0, 64)}};
  }
  return found;
}

UfwBoot ufw_boot(const UfwFiles& files) {
  UfwBoot boot;
  const Settings settings = Reader{files, boot.unread}.settings();
  boot.enabled = settings.enabled || !boot.unread.empty();
  if (!settings.enabled) return boot;
  if (settings.manages_built_ins)
    boot.unread.emplace_back("ufw: MANAGE_BUILTINS=yes empties what others loaded");
  append(boot.tables, iptables_save(Family{settings, false}.load(files.ip, boot.unread).saved(),
                                    firewall::Family::ip, files.legacy));
  if (settings.ip6) {
    append(boot.tables, iptables_save(Family{settings, true}.load(files.ip6, boot.unread).saved(),
                                      firewall::Family::ip6, files.legacy));
    return boot;
  }
  IptablesRestore closed;
  closed.load("*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT DROP [0:0]\n"
              "-A INPUT -i lo -j ACCEPT\n-A OUTPUT -o lo -j ACCEPT\nCOMMIT\n",
              false, "ufw");
  append(boot.tables, iptables_save(closed.saved(), firewall::Family::ip6, files.legacy));
  return boot;
}

} // namespace sshguardd::parse
