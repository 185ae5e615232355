// Where SELinux enforces: whether key files, and the directories of the home on the way to them,
// have the type that the policy wants there. For the child that looks at accounts.
#pragma once

#include "parse/accounts_db.hpp"
#include "sshguardd/accounts.hpp"

#include <string>
#include <vector>

namespace sshguardd::host {

class KeyLabels {
public:
  KeyLabels();

  // Between become(entry) and become_root() (host/as_account.hpp): reads the labels of what sshd
  // would read.
  void look(const parse::PasswdEntry& entry, const std::vector<KeyFile>& files);

  // As root: what the policy wants is asked of matchpathcon(8), which touches none of them, and for
  // the first few alone. Nothing where there is no such program or it gives no answer.
  [[nodiscard]] std::vector<WrongLabel> wrong() const;

private:
  void note(const std::string& account, const std::string& path);

  bool enforcing_ = false;
  std::vector<WrongLabel> unusual_; // without what the policy wants
};

} // namespace sshguardd::host
