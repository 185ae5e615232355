#include "parse/login_rules.hpp"

#include "parse/ascii.hpp"
#include "parse/host_pattern.hpp"
#include "parse/sshd_settings.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace sshguardd::parse {
namespace {

constexpr std::size_t most_entries = 4096;
constexpr std::size_t most_key_files = 16;

void add_words(std::string_view value, std::vector<std::string>& into, std::size_t most) {
  while (!value.empty()) {
    const std::string_view word = value.substr(0, value.find(' '));
    value.remove_prefix(std::min(value.size(), word.size() + 1));
    if (!word.empty() && into.size() < most) into.emplace_back(word);
  }
}

void add_list(std::string_view value, std::vector<std::string>& into) {
  while (!value.empty() && into.size() < most_entries) {
    const std::string_view word = value.substr(0, value.find(','));
    value.remove_prefix(std::min(value.size(), word.size() + 1));
    if (!word.empty()) into.emplace_back(word);
  }
}

// Settings of one value; "none" is as good as not set.
struct Value {
  std::string_view keyword;
  std::string LoginRules::*member;
};
constexpr Value values[] = {{"revokedkeys", &LoginRules::revoked_keys},
                            {"authorizedkeyscommand", &LoginRules::keys_command},
                            {"authorizedkeyscommanduser", &LoginRules::keys_command_user},
                            {"trustedusercakeys", &LoginRules::trusted_user_ca_keys},
                            {"chrootdirectory", &LoginRules::chroot_directory},
                            {"forcecommand", &LoginRules::force_command},
                            {"permitrootlogin", &LoginRules::permit_root}};

void set_value(LoginRules& rules, std::string_view keyword, std::string_view value) {
  for (const Value& one : values) {
    if (is_word(keyword, one.keyword) && !is_word(value, "none")) rules.*one.member = value;
  }
}

} // namespace

LoginRules login_rules(std::string_view output) {
  LoginRules rules;
  bool password = true;
  bool keyboard = true;
  each_setting(output, [&](std::string_view keyword, std::string_view value) {
    if (is_word(keyword, "strictmodes"))
      rules.strict_modes = value != "no";
    else if (is_word(keyword, "pubkeyauthentication"))
      rules.keys = value != "no";
    else if (is_word(keyword, "passwordauthentication"))
      password = value != "no";
    else if (is_word(keyword, "kbdinteractiveauthentication") ||
             is_word(keyword, "challengeresponseauthentication")) // before 8.7
      keyboard = value != "no";
    else if (is_word(keyword, "usepam"))
      rules.use_pam = value != "no";
    else if (is_word(keyword, "usedns"))
      rules.use_dns = is_word(value, "yes");
    else if (is_word(keyword, "permitemptypasswords"))
      rules.empty_passwords = value != "no";
    else if (is_word(keyword, "gssapiauthentication") ||
             is_word(keyword, "hostbasedauthentication"))
      rules.other_methods = rules.other_methods || value != "no";
    else if (is_word(keyword, "requiredrsasize"))
      std::from_chars(value.data(), value.data() + value.size(), rules.required_rsa_size);
    else if (is_word(keyword, "pubkeyacceptedalgorithms") ||
             is_word(keyword, "pubkeyacceptedkeytypes")) // before 8.5
      add_list(value, rules.algorithms);
    else if (is_word(keyword, "authenticationmethods"))
      add_words(value, rules.methods, most_entries);
    else if (is_word(keyword, "authorizedkeysfile"))
      add_words(value, rules.key_files, most_key_files);
    else if (is_word(keyword, "allowusers"))
      add_words(value, rules.allow_users, most_entries);
    else if (is_word(keyword, "denyusers"))
      add_words(value, rules.deny_users, most_entries);
    else if (is_word(keyword, "allowgroups"))
      add_words(value, rules.allow_groups, most_entries);
    else if (is_word(keyword, "denygroups"))
      add_words(value, rules.deny_groups, most_entries);
    else
      set_value(rules, keyword, value);
  });
  rules.passwords = password || keyboard;
  rules.root = rules.permit_root != "no";
  std::erase_if(rules.key_files, [](const std::string& one) { return is_word(one, "none"); });
  std::erase(rules.methods, "any");
  return rules;
}

namespace {

// USER, USER@HOST (match.c:match_user()). `unsure`: what it is for an address that is not known.
bool names_user(const std::string& entry, const std::string& name, std::string_view address,
                bool unsure) {
  const std::size_t at = entry.find('@');
  if (!match_pattern(name, std::string_view{entry}.substr(0, at))) return false;
  if (at == std::string::npos) return true;
  return address.empty() ? unsure : match_host(address, entry.substr(at + 1)) == HostMatch::yes;
}

} // namespace

std::optional<Exclusion> exclusion(const LoginRules& rules, const PasswdEntry& account,
                                   const Groups& groups, std::string_view address) {
  if (account.uid == 0 && !rules.root)
    return Exclusion{"PermitRootLogin", "is root, and PermitRootLogin is no"};
  for (const std::string& entry : rules.deny_users) {
    if (names_user(entry, account.name, address, false))
      return Exclusion{"DenyUsers", "is in DenyUsers (" + entry + ")"};
  }
  const auto allowed = [&](const std::string& entry) {
    return names_user(entry, account.name, address, true);
  };
  if (!rules.allow_users.empty() && std::ranges::none_of(rules.allow_users, allowed))
    return Exclusion{"AllowUsers", "is not in AllowUsers"};
  if (rules.deny_groups.empty() && rules.allow_groups.empty()) return std::nullopt;
  // A group without a name is in no rule, and somebody who has no other is let in by none.
  bool in_one = false;
  for (const std::uint32_t gid : groups.of(account)) {
    const GroupEntry* group = groups.find(gid);
    if (group == nullptr) continue;
    const auto names_group = [&](const std::string& pattern) {
      return match_pattern(group->name, pattern);
    };
    if (std::ranges::any_of(rules.deny_groups, names_group))
      return Exclusion{"DenyGroups", "is in group " + group->name + ", which is in DenyGroups"};
    in_one = in_one || rules.allow_groups.empty() ||
             std::ranges::any_of(rules.allow_groups, names_group);
  }
  if (in_one) return std::nullopt;
  return Exclusion{rules.allow_groups.empty() ? "DenyGroups" : "AllowGroups",
                   rules.allow_groups.empty() ? "has no group with a name, which DenyGroups wants"
                                              : "is in no group of AllowGroups"};
}

std::string match_class(const LoginRules& rules, const PasswdEntry& account, const Groups& groups) {
  std::string fits;
  for (const std::string& patterns : rules.match_users)
    fits += match_list(account.name, patterns) == ListMatch::yes ? '1' : '0';
  if (rules.match_groups.empty()) return fits;
  std::vector<std::string_view> names;
  for (const std::uint32_t gid : groups.of(account)) {
    if (const GroupEntry* group = groups.find(gid)) names.push_back(group->name);
  }
  for (const std::string& patterns : rules.match_groups) {
    // groupaccess.c:ga_match_pattern_list(): a negated one wins, whatever the others are.
    bool yes = false;
    bool negated = false;
    for (const std::string_view name : names) {
      const ListMatch match = match_list(name, patterns);
      yes = yes || match == ListMatch::yes;
      negated = negated || match == ListMatch::negated;
    }
    fits += yes && !negated ? '1' : '0';
  }
  return fits;
}

bool methods_allow(const LoginRules& rules, bool key, bool password) {
  const auto passes = [&](std::string_view list) {
    while (!list.empty()) {
      std::string_view method = list.substr(0, list.find(','));
      list.remove_prefix(std::min(list.size(), method.size() + 1));
      method = method.substr(0, method.find(':')); // "keyboard-interactive:pam"
      if (method == "publickey" && !key) return false;
      if ((method == "password" || method == "keyboard-interactive") && !password) return false;
    }
    return true;
  };
  return rules.methods.empty() ? key || password : std::ranges::any_of(rules.methods, passes);
}

} // namespace sshguardd::parse
