// journal.uncapped: nothing keeps the journal from filling the file system that it shares.
#include "checks/disk_text.hpp"
#include "parse/path.hpp"
#include "sshguardd/check.hpp"

namespace sshguardd::checks {
namespace {

constexpr FindingInfo ids[] = {{
    .id = "journal.uncapped",
    .title = "nothing keeps the journal small",
    .sees = "none",
    .when = "soon",
    .remedy = "-",
    .explain =
        "By journald.conf(5) and its drop-ins, read in systemd's order, the journal may take more "
        "than half of the file system that it shares with everything else: SystemMaxUse= is larger "
        "than that, and neither SystemKeepFree= nor the number of files (SystemMaxFiles=, "
        "SystemMaxFileSize=) stops it before. Told only where somebody has set it so: without a "
        "word in journald.conf(5) it is 10% of the file system and 4 GiB at most, which is well. "
        "Not told of a file system for logs alone. While the journal is volatile the settings "
        "Runtime...= and /run are looked at.",
    .fix = "(echo '[Journal]'; echo SystemMaxUse=1G) >/etc/systemd/journald.conf.d/zz-size.conf; "
           "systemctl restart systemd-journald",
    .mended = "the journal has a limit",
}};

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// One that is read after all others.
std::string drop_in(const Journal& journal) {
  const std::string directory = "/etc/systemd/journald.conf.d/";
  std::string name = "zz-size.conf";
  for (const JournalSetting* one :
       {&journal.limits.max_use, &journal.limits.max_file_size, &journal.limits.keep_free}) {
    // The main file is read first, whatever its name.
    if (one->file.find(".d/") != std::string::npos && name_of(one->file) >= name)
      name = name_of(one->file) + ".conf";
  }
  return directory + name;
}

std::vector<Finding> run(const Snapshot& snapshot) {
  const Journal& journal = *snapshot.logs->journal;
  const std::uint64_t total = journal.space.total;
  const std::uint64_t limit = journal.limit();
  if (journal.apart || total == 0 || limit <= total / 2) return {};
  const std::string scope = journal.runtime() ? "Runtime" : "System";
  // Systemd's own limit, in whole megabytes.
  const std::uint64_t healthy =
      std::max<std::uint64_t>(std::min<std::uint64_t>(total / 10, 4ULL << 30) >> 20, 16);
  const std::string setting = scope + "MaxUse=" + std::to_string(healthy) + "M";
  const std::string file = drop_in(journal);
  Finding finding{.id = ids[0].id,
                  .subject = journal.directory,
                  .severity = Severity::warning,
                  .when = When::soon,
                  .summary = "the journal may take " + std::to_string(limit / (total / 100 + 1)) +
                             "% of " + journal.mount,
                  .evidence = {{journal.directory, size_text(journal.bytes) + " now, " +
                                                       size_text(limit) + " allowed, of " +
                                                       size_text(total) + " on " + journal.mount}},
                  .fix = {"[Journal] " + setting + " into journald.conf.d/" + name_of(file),
                          // Without backslashes: they are doubled where this is shown.
                          "mkdir -p /etc/systemd/journald.conf.d && (echo '[Journal]'; echo " +
                              setting + ") >" + parse::shell_word(file) +
                              " && systemctl restart systemd-journald"}};
  struct Row {
    const char* name;
    const JournalSetting& setting;
    bool size;
  };
  for (const Row& row : {Row{"MaxUse=", journal.limits.max_use, true},
                         Row{"KeepFree=", journal.limits.keep_free, true},
                         Row{"MaxFileSize=", journal.limits.max_file_size, true},
                         Row{"MaxFiles=", journal.limits.max_files, false}}) {
    if (!row.setting.value) continue;
    const std::string value =
        row.size ? size_text(*row.setting.value) : std::to_string(*row.setting.value);
    finding.evidence.push_back(
        {row.setting.file + ":" + std::to_string(row.setting.line), scope + row.name + value});
  }
  // The console has little room.
  for (const JournalSetting* one : {&journal.limits.max_use, &journal.limits.max_file_size}) {
    if (!one->value) continue;
    finding.summary += ": " + name_of(one->file) + ":" + std::to_string(one->line);
    break;
  }
  return {std::move(finding)};
}

} // namespace

extern const Check journal_uncapped;
const Check journal_uncapped{"journal_uncapped", ids, Needs::journal, run};

} // namespace sshguardd::checks
