// access.conf(5), the rules of pam_access.
#pragma once

#include "parse/access_origin.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::parse {

// What stands behind pam_access.so in a PAM stack (pam_access.c:parse_args()).
struct AccessOptions {
  std::string file;               // accessfile=; empty: the usual files
  bool no_default_groups = false; // nodefgroup: only "(wheel)" is a group
  bool no_dns = false;
  std::string field_separators = ":";
  std::string list_separators = ", \t";
};
[[nodiscard]] AccessOptions access_options(const std::vector<std::string>& arguments);

// Who comes.
struct AccessPerson {
  std::string account;
  std::uint32_t uid = 0;
  std::vector<std::string> groups;
  std::vector<std::uint32_t> gids;
};

struct AccessVerdict {
  enum class Says { allowed, denied, unknown } says = Says::allowed;
  std::string place; // "/etc/security/access.conf:3"; empty: no line is about that person
};

// What that comes to by sshd's PAM stack.
struct AccessAnswer : AccessVerdict {
  std::string line;          // that asks pam_access: "/etc/pam.d/sshd:7"
  bool certain = true;       // unknown: it is the rule that is; else whether PAM minds its denial
  bool file_missing = false; // denied: accessfile= names no file, and so nobody gets in
};

// Reads files of rules one after the other. The first line that fits decides; one that may fit or
// not makes it unknown, unless what follows comes to the same.
class AccessRules {
public:
  AccessRules(const AccessOptions& options, const AccessPerson& person, const AccessOrigin& from)
      : options_{options}, person_{person}, from_{from} {
    from_.no_dns = options.no_dns;
  }

  // true: it is decided, and no other file is read.
  bool read(std::string_view text, const std::string& path);
  // Nobody gets in: pam_access itself refuses.
  void deny(const std::string& place);
  // Nobody here knows what it says.
  void give_up(const std::string& place);

  [[nodiscard]] AccessVerdict verdict() const;

private:
  [[nodiscard]] Fits list_fits(std::string_view list, bool users, int depth) const;
  [[nodiscard]] Fits user_fits(std::string_view word) const;
  [[nodiscard]] Fits group_fits(std::string_view name) const;
  void note(bool allowed, const std::string& place);
  bool line(std::string_view text, const std::string& place);

  const AccessOptions& options_;
  const AccessPerson& person_;
  AccessOrigin from_;
  bool decided_ = false;
  bool may_allow_ = false;
  bool may_deny_ = false;
  std::string place_; // the first line that fits or may fit
};

} // namespace sshguardd::parse
