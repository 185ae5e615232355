#include "parse/sshd_policy.hpp"

#include "parse/ascii.hpp"
#include "parse/sshd_config.hpp"
#include "parse/sshd_settings.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace sshguardd::parse {
namespace {

struct Keyword {
  std::string_view lower;
  std::string_view name; // as sshd_config(5) writes it
};
constexpr std::array<Keyword, 9> keywords{
    {{"passwordauthentication", "PasswordAuthentication"},
     {"kbdinteractiveauthentication", "KbdInteractiveAuthentication"},
     {"pubkeyauthentication", "PubkeyAuthentication"},
     {"authenticationmethods", "AuthenticationMethods"},
     {"permitrootlogin", "PermitRootLogin"},
     {"allowusers", "AllowUsers"},
     {"denyusers", "DenyUsers"},
     {"allowgroups", "AllowGroups"},
     {"denygroups", "DenyGroups"}}};
constexpr std::size_t most_value = 4096; // thousands of users may be listed
constexpr int max_depth = 16;            // servconf.c: SERVCONF_MAX_DEPTH
constexpr int most_files = 512;

// What they were called before (servconf.c: keywords[]).
std::string_view present_name(std::string_view keyword) {
  if (keyword == "challengeresponseauthentication" || keyword == "skeyauthentication")
    return "kbdinteractiveauthentication";
  return keyword;
}

// Criteria and patterns in turn, as two words or as "user=alice".
void note_criteria(const std::vector<std::string>& words, MatchBlocks& matches) {
  for (std::size_t at = 0; at < words.size(); ++at) {
    const std::size_t equals = words[at].find('=');
    const std::string_view name = std::string_view{words[at]}.substr(0, equals);
    if (is_word(name, "all")) continue;
    std::string patterns;
    if (equals != std::string::npos)
      patterns = words[at].substr(equals + 1);
    else if (++at < words.size())
      patterns = words[at];
    if (is_word(name, "user")) {
      matches.users.push_back(std::move(patterns));
    } else if (is_word(name, "group")) {
      matches.groups.push_back(std::move(patterns));
    } else {
      matches.by_client = true;
      matches.by_more = matches.by_more || !is_word(name, "address");
    }
  }
}

class Locator {
public:
  Locator(std::vector<PolicySetting>& policy, const ConfigFiles& files)
      : policy_{policy}, files_{files} {
    for (const Keyword& keyword : keywords)
      asked_.push_back(keyword.lower);
    asked_.insert(asked_.end(),
                  {"challengeresponseauthentication", "skeyauthentication", "include", "match"});
  }

  void read(const std::string& path, int depth) {
    if (depth > max_depth || ++read_ > most_files) return;
    const auto text = files_.read(path);
    if (!text) return;
    bool in_match = false;
    for (const Directive& directive : directives(*text, asked_)) {
      if (directive.keyword == "match") {
        in_match = directive.words.size() != 1 || !is_word(directive.words[0], "all");
        matches_.any = matches_.any || in_match;
        if (in_match) note_criteria(directive.words, matches_);
      } else if (in_match) {
        // What stands there may ask for anything.
        if (directive.keyword == "include")
          matches_.by_client = matches_.by_more = matches_.unseen = true;
      } else if (directive.keyword == "include") {
        include(directive.words, depth);
      } else {
        take(directive, path, directive.line);
      }
    }
  }

  void command_line(std::string_view option) {
    for (const Directive& directive : directives(option, asked_))
      take(directive, "sshd's command line", 0);
  }

  [[nodiscard]] const MatchBlocks& matches() const { return matches_; }

private:
  void include(const std::vector<std::string>& words, int depth) {
    for (const std::string& pattern : patterns_of(words)) {
      for (const std::string& path : files_.glob(pattern))
        read(path, depth + 1);
    }
  }

  void take(const Directive& directive, const std::string& path, int line) {
    const std::string_view lower = present_name(directive.keyword);
    const auto found = std::ranges::find_if(
        policy_, [lower](const PolicySetting& setting) { return is_word(setting.keyword, lower); });
    if (found == policy_.end() || !found->file.empty()) return;
    found->file = path;
    found->line = line;
  }

  std::vector<PolicySetting>& policy_;
  const ConfigFiles& files_;
  std::vector<std::string_view> asked_;
  int read_ = 0;
  MatchBlocks matches_;
};

} // namespace

std::vector<PolicySetting> sshd_policy(std::string_view output) {
  std::vector<PolicySetting> policy;
  each_setting(output, [&](std::string_view name, std::string_view value) {
    const auto keyword = std::ranges::find_if(
        keywords, [name](const Keyword& one) { return is_word(name, one.lower); });
    if (keyword == keywords.end()) return;
    const auto before = std::ranges::find(policy, keyword->name, &PolicySetting::keyword);
    if (before == policy.end())
      policy.push_back({std::string{keyword->name}, std::string{value.substr(0, most_value)}, {}});
    else if (before->value.size() + value.size() < most_value)
      before->value.append(" ").append(value);
  });
  return policy;
}

MatchBlocks locate(std::vector<PolicySetting>& policy, const std::string& main_file,
                   const std::vector<std::string>& argv, const ConfigFiles& files) {
  Locator locator{policy, files};
  for (std::size_t i = 1; i < argv.size(); ++i) {
    // sshd.c: -o's words are parsed before the file, as lines of it.
    if (argv[i] == "-o" && i + 1 < argv.size())
      locator.command_line(argv[++i]);
    else if (argv[i].starts_with("-o"))
      locator.command_line(std::string_view{argv[i]}.substr(2));
  }
  locator.read(main_file, 0);
  return locator.matches();
}

} // namespace sshguardd::parse
