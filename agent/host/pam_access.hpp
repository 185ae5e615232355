// What pam_access says of somebody who logs in by sshd: the rules of the lines that ask it in
// sshd's PAM stack (parse/access_conf.hpp). Reads as root, everything once.
#pragma once

#include "parse/access_conf.hpp"
#include "parse/accounts_db.hpp"
#include "parse/pam_stack.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sshguardd::host {

class PamAccess {
public:
  // Nothing: the stack cannot be read.
  explicit PamAccess(const std::optional<std::vector<parse::PamLine>>& stack);

  [[nodiscard]] bool asked() const { return !lines_.empty(); }

  // The files that it has read.
  [[nodiscard]] std::vector<std::string> files() const;

  // unix_passes: pam_unix finds nothing wrong with the account, so that what stands behind it is
  // reached. Nothing where nobody asks it. What denies, but may not be what decides, is unknown;
  // what denies and does not count is nothing.
  [[nodiscard]] std::optional<parse::AccessAnswer> ask(const parse::AccessPerson& person,
                                                       const parse::AccessOrigin& from,
                                                       bool unix_passes = false) const;

private:
  enum class Weight { decides, may_decide, none };
  struct Line {
    std::string place;
    parse::AccessOptions options;
    std::vector<std::pair<std::string, std::string>> files; // path and text
    std::string broken;  // the file that pam_access cannot read: it refuses
    std::string unknown; // ... that is not read here
    Weight weight = Weight::decides;
    bool behind_unix = false; // it decides where pam_unix passes
  };
  static void read(Line& line);
  [[nodiscard]] static parse::AccessAnswer ask(const Line& line, const parse::AccessPerson& person,
                                               const parse::AccessOrigin& from);

  std::vector<Line> lines_;
};

// As pam_access asks for them.
[[nodiscard]] parse::AccessPerson access_person(const parse::PasswdEntry& account,
                                                const parse::Groups& groups);

} // namespace sshguardd::host
