// auth.password-off: sshd takes no passwords from anybody; which line says so.
#include "sshguardd/check.hpp"

#include <algorithm>

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "auth.password-off",
    .title = "sshd takes no passwords",
    .sees = "denied",
    .when = "now",
    .remedy = "-",
    .explain =
        "Neither PasswordAuthentication nor KbdInteractiveAuthentication is on outside of Match "
        "blocks, or AuthenticationMethods has neither in any of its lists: whoever has no key that "
        "fits sees `Permission denied (publickey)`, whatever he "
        "types. That is how cloud images are made, and no fault: it is only told, with the line "
        "that decides. Of several lines for a keyword the first one counts, and drop-ins that are "
        "included at the top of sshd_config come before the rest of it.",
    .fix = "log in with a key; or change the line that is named, then reload sshd",
    .mended = "password logins are on",
}};

const PolicySetting* find(const Effective& effective, std::string_view keyword) {
  const auto found = std::ranges::find(effective.policy, keyword, &PolicySetting::keyword);
  return found == effective.policy.end() ? nullptr : &*found;
}

std::string place(const PolicySetting& setting) {
  if (setting.file.empty()) return "default";
  return setting.line == 0 ? setting.file : setting.file + ":" + std::to_string(setting.line);
}

// The setting by which a password lets nobody in; nullptr where one may.
const PolicySetting* decisive(const Effective& effective) {
  const PolicySetting* password = find(effective, "PasswordAuthentication");
  const PolicySetting* keyboard = find(effective, "KbdInteractiveAuthentication");
  if (password == nullptr || keyboard == nullptr) return nullptr;
  if (password->value == "no" && keyboard->value == "no") return password;
  // Lists of methods, of which one has to be gone through.
  const PolicySetting* methods = find(effective, "AuthenticationMethods");
  if (methods == nullptr || methods->value == "any") return nullptr;
  const bool asks = methods->value.find("password") != std::string::npos ||
                    methods->value.find("keyboard-interactive") != std::string::npos;
  return asks ? nullptr : methods;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  if (!snapshot.effective) return {};
  const PolicySetting* decides = decisive(*snapshot.effective);
  if (decides == nullptr) return {};
  Finding finding{.id = ids[0].id,
                  .subject = place(*decides),
                  .severity = Severity::info,
                  .when = When::now,
                  .sees = Sees::denied,
                  .summary = "no password logins: " + decides->keyword + " " + decides->value +
                             " (" + place(*decides) + ")",
                  .fix = {"log in with a key"}};
  for (const PolicySetting& setting : snapshot.effective->policy) {
    if (!setting.file.empty())
      finding.evidence.push_back({place(setting), setting.keyword + " " + setting.value});
  }
  return {finding};
}

} // namespace

extern const Check auth_password_off;
const Check auth_password_off{"auth_password_off", ids, Needs::nothing,
                              run}; // worth knowing where it is known

} // namespace sshguardd::checks
