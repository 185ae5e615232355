#include "host/saved_rules.hpp"

#include "host/boot_hooks.hpp"
#include "host/boot_units.hpp"
#include "host/files.hpp"
#include "host/firewalld_rules.hpp"
#include "host/nft_file.hpp"
#include "parse/iptables_restore.hpp"
#include "parse/iptables_save.hpp"
#include "parse/ufw_boot.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

constexpr std::size_t most_rules_text = 8 << 20;

// What loads rules of its own at boot in ways that nobody reads here.
constexpr std::array others = {"shorewall.service",
                               "shorewall6.service",
                               "shorewall-init.service",
                               "ferm.service",
                               "firehol.service",
                               "csf.service",
                               "lfd.service",
                               "arno-iptables-firewall.service",
                               "fwbuilder.service",
                               "uruk.service",
                               "vuurmuur.service",
                               "ebtables.service",
                               "arptables.service",
                               "tailscaled.service"};

class Reader {
public:
  Fact<SavedRules> read() {
    if (!units_.why_unknown().empty()) return Unknown{units_.why_unknown()};
    if (units_.starts("ufw.service")) ufw();
    if (units_.starts("nftables.service")) nftables();
    if (units_.starts("netfilter-persistent.service")) netfilter_persistent();
    iptables_service("iptables.service", firewall::Family::ip);
    iptables_service("ip6tables.service", firewall::Family::ip6);
    if (units_.starts("firewalld.service")) firewalld();
    // firewalld.service: Conflicts=. systemd starts one of them.
    if (units_.starts("firewalld.service"))
      for (const char* other : {"nftables.service", "iptables.service", "ip6tables.service"})
        if (units_.starts(other))
          unread(std::string{other} + " and firewalld do not start together: which does is open");
    for (const char* other : others) {
      if (!units_.starts(other)) continue;
      loads(other);
      unread(std::string{other} + " is started, and its rules are not read");
    }
    for (const std::string& hook : boot_hooks(units_)) {
      loads(hook);
      unread(hook + " runs, and may load rules");
    }
    if (flushes_ && iptables_loaders_ > 0)
      unread("nftables.service empties all tables: whether before the others load theirs is open");
    if (iptables_loaders_ > 1) unread("several of these load iptables' tables, in any order");
    return std::move(made_);
  }

private:
  void loads(const std::string& name) { made_.by += (made_.by.empty() ? "" : ", ") + name; }
  void unread(std::string what) { made_.rules.unread.push_back(std::move(what)); }

  void add(std::vector<firewall::Table> tables) {
    auto& all = made_.rules.tables;
    all.insert(all.end(), std::make_move_iterator(tables.begin()),
               std::make_move_iterator(tables.end()));
  }

  // The words of its ExecStart= where they are those; else that is told.
  bool starts_with(const std::string& unit, std::string_view program, std::string_view verb) {
    const auto command = units_.command(unit);
    if (!command) {
      unread(unit + ": " + command.why());
      return false;
    }
    const bool same =
        command->size() > 1 && command->front().ends_with(program) && (*command)[1] == verb;
    if (!same) unread(unit + " starts something else than usual");
    return same;
  }

  // ufw-init takes a file that is not there for an empty one.
  static Fact<std::string> text_of(const std::string& path) {
    if (!exists(path)) return std::string{};
    return read_file(path, most_rules_text);
  }

  // The iptables that scripts run: update-alternatives(1).
  static bool legacy(const char* program) {
    std::array<char, PATH_MAX> path{};
    return realpath(program, path.data()) != nullptr &&
           std::string_view{path.data()}.find("legacy") != std::string_view::npos;
  }

  void ufw() {
    parse::UfwFiles files;
    const auto defaults = text_of("/etc/default/ufw");
    const auto conf = text_of("/etc/ufw/ufw.conf");
    if (!defaults || !conf) {
      loads("ufw");
      return unread("ufw: " + (defaults ? conf.why() : defaults.why()));
    }
    files.defaults = *defaults;
    files.conf = *conf;
    files.legacy = legacy("/usr/sbin/iptables-restore");
    const auto rules = [](const std::string& kind) {
      const std::string base = "/etc/ufw/";
      return parse::UfwFiles::Rules{.before = text_of(base + "before" + kind + ".rules"),
                                    .after = text_of(base + "after" + kind + ".rules"),
                                    .user = text_of(base + "user" + kind + ".rules")};
    };
    files.ip = rules("");
    files.ip6 = rules("6");
    parse::UfwBoot boot = parse::ufw_boot(files);
    if (!boot.enabled) return;
    loads("ufw");
    ++iptables_loaders_;
    (void)starts_with("ufw.service", "/ufw-init", "start");
    for (const char* hook : {"/etc/ufw/before.init", "/etc/ufw/after.init"})
      if (access(hook, X_OK) == 0 && executable(hook))
        unread(std::string{hook} + " runs, and may load rules");
    add(std::move(boot.tables));
    for (std::string& one : boot.unread)
      unread(std::move(one));
  }

  static bool executable(const char* path) {
    struct stat st {};
    return stat(path, &st) == 0 && (st.st_mode & 0111U) != 0;
  }

  void nftables() {
    loads("nftables.service");
    const auto command = units_.command("nftables.service");
    if (!command) return unread("nftables.service: " + command.why());
    const bool usual = command->size() == 3 && command->front().ends_with("/nft") &&
                       ((*command)[1] == "-f" || (*command)[1] == "--file") &&
                       (*command)[2].starts_with('/');
    if (!usual) return unread("nftables.service starts something else than nft -f FILE");
    const std::string& file = (*command)[2];
    const auto rules = nft_file_rules(file);
    if (!rules) return unread(file + ": " + rules.why());
    const auto text = read_file(file);
    flushes_ = !text || text->find("flush ruleset") != std::string::npos;
    firewall::Ruleset read = *rules;
    add(std::move(read.tables));
    for (std::string& one : read.unread)
      unread(file + ": " + std::move(one));
  }

  // What iptables-restore makes of one file.
  void restore(const std::string& file, firewall::Family family, bool is_legacy) {
    if (!exists(file)) return;
    const auto text = read_file(file, most_rules_text);
    if (!text) return unread(text.why());
    parse::IptablesRestore restored;
    (void)restored.load(*text, false, file);
    add(parse::iptables_save(restored.saved(), family, is_legacy));
    for (const std::string& one : restored.unread())
      unread(one);
  }

  // Its plugins do it (run-parts(8)).
  void netfilter_persistent() {
    loads("netfilter-persistent");
    if (!starts_with("netfilter-persistent.service", "/netfilter-persistent", "start")) return;
    const std::string plugins = "/usr/share/netfilter-persistent/plugins.d/";
    const Directory directory = open_directory(plugins);
    if (!directory) return;
    std::vector<std::string> names;
    while (const dirent* entry = readdir(directory.get()))
      if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
    std::ranges::sort(names);
    for (const std::string& name : names) {
      if (!executable((plugins + name).c_str())) continue;
      if (name == "15-ip4tables") {
        ++iptables_loaders_;
        restore("/etc/iptables/rules.v4", firewall::Family::ip,
                legacy("/usr/sbin/iptables-restore"));
      } else if (name == "25-ip6tables") {
        restore("/etc/iptables/rules.v6", firewall::Family::ip6,
                legacy("/usr/sbin/ip6tables-restore"));
      } else if (name.find("ipset") == std::string::npos) { // sets alone let nobody in or out
        unread(plugins + name + " runs, and may load rules");
      }
    }
  }

  // The RHEL family's iptables-services.
  void iptables_service(const std::string& unit, firewall::Family family) {
    if (!units_.starts(unit)) return;
    const bool ip6 = family == firewall::Family::ip6;
    loads(unit);
    if (!ip6) ++iptables_loaders_;
    if (!starts_with(unit, ip6 ? "/ip6tables.init" : "/iptables.init", "start")) return;
    restore(ip6 ? "/etc/sysconfig/ip6tables" : "/etc/sysconfig/iptables", family,
            legacy(ip6 ? "/usr/sbin/ip6tables-restore" : "/usr/sbin/iptables-restore"));
  }

  void firewalld() {
    loads("firewalld");
    const auto rules = firewalld_rules();
    if (!rules) return unread("firewalld: " + rules.why());
    firewall::Ruleset read = *rules;
    add(std::move(read.tables));
    for (std::string& one : read.unread)
      unread("firewalld: " + std::move(one));
  }

  BootUnits units_;
  SavedRules made_;
  int iptables_loaders_ = 0; // of IPv4
  bool flushes_ = false;     // nftables.service does
};

} // namespace

Fact<SavedRules> saved_rules() {
  return Reader{}.read();
}

} // namespace sshguardd::host
