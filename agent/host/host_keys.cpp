#include "host/host_keys.hpp"

#include "host/clock.hpp"
#include "host/files.hpp"
#include "host/host_key_files.hpp"
#include "host/instance.hpp"
#include "host/log.hpp"
#include "parse/ascii.hpp"
#include "parse/identity.hpp"
#include "parse/sshd_config.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace sshguardd::host {
namespace {

constexpr auto deadline = std::chrono::seconds{5};
constexpr std::size_t most_keys = 16;
constexpr int most_tries = 3; // of a key that ssh-keygen gives no answer for, until it is another
constexpr auto try_again = std::chrono::seconds{25};
constexpr const char* run_directory = "/run/sshguardd";
constexpr const char* record_name = "hostkeys.json";

// sshd-session (9.8 and later) gets the keys from the listener; a single binary, executed anew for
// each connection, loads them itself. The helper's path is built in; these are the distributions'.
// Asked of the files, not of a banner: without host keys there is none.
bool splits() {
  constexpr const char* helpers[] = {
      "/usr/lib/openssh/sshd-session",     // Debian, Ubuntu
      "/usr/libexec/openssh/sshd-session", // Fedora family, Azure Linux, Amazon
      "/usr/libexec/ssh/sshd-session",     // SUSE
      "/usr/lib/ssh/sshd-session",         // Arch, Alpine
      "/usr/libexec/sshd-session"};        // upstream
  return std::ranges::any_of(helpers, [](const char* path) { return exists(path); });
}

std::string key_identity(const std::string& path) {
  struct stat st {};
  if (stat(path.c_str(), &st) != 0) return "-";
  return identity(st) + ":" + std::to_string(st.st_mode) + ":" + std::to_string(st.st_uid);
}

// When something last came to its directory or went from it; never for certain where that is gone.
std::int64_t gone_us(const std::string& path) {
  struct stat st {};
  return stat(directory_of(path).c_str(), &st) == 0 ? microseconds(st.st_mtim)
                                                    : std::numeric_limits<std::int64_t>::max();
}

HostKey look_at(const std::string& path) {
  HostKey key{.path = path};
  key.exists = exists(path); // a dangling link is not to be replaced either
  struct stat st {};
  if (stat(path.c_str(), &st) != 0) {
    key.changed_us = gone_us(path);
    return key;
  }
  key.regular = S_ISREG(st.st_mode);
  key.size = static_cast<std::uint64_t>(st.st_size);
  key.owner = st.st_uid;
  key.group = st.st_gid;
  key.mode = st.st_mode & 07777U;
  key.changed_us = microseconds(st.st_ctim);
  if (open_to_others(key)) key.unmendable = unmendable_key(path).value_or("");
  return key;
}

// `-h FILE`, `-o HostKey=FILE`: only sshd itself can tell then.
std::string folded(std::string word) {
  std::ranges::transform(word, word.begin(), parse::lower);
  return word;
}
bool named_on_command_line(const std::vector<std::string>& argv) {
  return std::ranges::any_of(argv, [](const std::string& word) {
    return (word.starts_with("-") && !word.starts_with("-o") &&
            word.find('h') != std::string::npos) ||
           folded(word).find("hostkey") != std::string::npos;
  });
}
bool agent_on_command_line(const std::vector<std::string>& argv) {
  return std::ranges::any_of(argv, [](const std::string& word) {
    return folded(word).find("hostkeyagent") != std::string::npos;
  });
}

std::vector<std::string> named_in_files(const SshdConfig& config, bool& agent) {
  constexpr std::string_view agent_keyword[] = {"hostkeyagent"};
  std::vector<std::string> named;
  agent = false;
  for (const WatchedPath& path : config.paths) {
    // Units and directories among them have no such line.
    if (!path.exists || path.path == config.binary) continue;
    const auto text = read_file(path.path);
    if (!text) continue;
    agent = agent || !parse::directives(*text, agent_keyword).empty();
    for (std::string& key : parse::host_key_files(*text)) {
      if (std::ranges::find(named, key) == named.end()) named.push_back(std::move(key));
    }
  }
  return named;
}

// As sshd has its defaults (servconf.c:fill_default_server_options), which is ssh-keygen's order
// the other way round: rsa, ecdsa, ed25519; then all others.
std::ptrdiff_t default_place(const DefaultHostKey* key) {
  const bool is_default = key != std::end(default_host_keys);
  return is_default ? std::end(default_host_keys) - key : std::ssize(default_host_keys) + 1;
}

} // namespace

HostKeyReader::HostKeyReader(Loop& loop, std::function<void()> on_news)
    : loop_{loop}, on_news_{std::move(on_news)}, link_{std::string{run_directory} + "/hostkey." +
                                                       std::to_string(getpid())} {}

HostKeyReader::~HostKeyReader() {
  if (!child_) return;
  child_.reset(); // before its file goes
  unlink(link_.c_str());
}

Fact<std::vector<HostKey>> HostKeyReader::list(const SshdFiles& files,
                                               const Fact<Effective>& effective) {
  if (named_for_ != files.config.fingerprint || !files.config.incomplete.empty()) {
    named_for_ = files.config.fingerprint;
    named_ = named_in_files(files.config, agent_);
  }
  std::vector<std::string> paths;
  if (effective && effective->fingerprint == files.config.fingerprint &&
      !effective->host_keys.empty()) {
    paths = effective->host_keys;
  } else if (named_on_command_line(files.test_argv)) {
    return Unknown{"they are named on sshd's command line, and sshd -G gave no answer"};
  } else if (!files.config.incomplete.empty()) {
    return Unknown{files.config.incomplete};
  } else if (!named_.empty()) {
    paths = named_;
  } else {
    for (const DefaultHostKey& key : default_host_keys)
      paths.emplace_back(key.path);
  }
  if (paths.size() > most_keys) paths.resize(most_keys);
  // One order, whoever named them: files and `sshd -T` tell the same keys in different ones.
  std::ranges::sort(paths, {}, [](const std::string& path) {
    const auto* const known = std::ranges::find(default_host_keys, path, &DefaultHostKey::path);
    return std::pair{default_place(known), path};
  });
  std::vector<HostKey> keys;
  for (const std::string& path : paths) {
    keys.push_back(look_at(path));
    // What happens in its directory later does not make its loss younger.
    if (keys.back().exists)
      gone_.erase(path);
    else
      keys.back().changed_us = gone_.try_emplace(path, keys.back().changed_us).first->second;
    keys.back().configured = std::ranges::find(named_, path) != named_.end();
  }
  return keys;
}

void HostKeyReader::consider(const SshdFiles& files, const Fact<Effective>& effective) {
  auto found = list(files, effective);
  state_.clear();
  watched_.clear();
  if (!found) {
    keys_ = Unknown{found.why()};
    return;
  }
  HostKeys keys{.keys = *found, .reread = !splits(), .change = {}};
  keys.agent = agent_ || agent_on_command_line(files.test_argv);
  const bool may_ask = now().boot >= ask_again_;
  for (HostKey& key : keys.keys) {
    const std::string half = key.path + ".pub";
    const std::string identity = key_identity(key.path);
    state_ += key.path + " " + identity + " ";
    watched_.insert(watched_.end(), {key.path, half});
    if (char* target = realpath(key.path.c_str(), nullptr)) {
      if (key.path != target) watched_.emplace_back(target);
      std::free(target); // NOLINT: realpath(3) allocates
    }
    // Of a private key that is gone its public half says nothing.
    if (!key.regular) {
      asked_.erase(key.path);
      continue;
    }
    Asked& asked = asked_[key.path];
    if (const std::string both = identity + " " + key_identity(half); asked.identity != both)
      asked = {.identity = both, .fingerprint = {}};
    if (!asked.answered && asked.tries < most_tries && may_ask &&
        std::ranges::find(to_ask_, key.path) == to_ask_.end())
      to_ask_.push_back(key.path);
    key.fingerprint = asked.fingerprint;
    key.unproven = asked.unproven;
  }
  std::erase_if(asked_, [&](const auto& entry) {
    return std::ranges::find(keys.keys, entry.first, &HostKey::path) == keys.keys.end();
  });
  std::erase_if(to_ask_, [&](const std::string& path) { return !asked_.contains(path); });
  if (!child_) ask_next();
  keys.asking = asking();
  keys_ = std::move(keys);
}

// What ssh-keygen -l says of a private key is read from PATH.pub where there is one, whatever key
// that is of. By a name that has none beside it, it is the private key that tells: a key in
// OpenSSH's format has its public half in clear, also with a passphrase or a mode that is refused.
void HostKeyReader::ask_next() {
  // sshguardctl may be the first to look.
  if (!to_ask_.empty() && !exists(run_directory)) (void)make_directory(run_directory, 0755);
  while (!to_ask_.empty()) {
    const std::string path = to_ask_.front();
    // A FIFO or a device would be opened by ssh-keygen.
    if (read_file(path)) {
      unlink(link_.c_str());
      if (symlink(path.c_str(), link_.c_str()) == 0) return ask(path, link_, false);
    }
    if (ask_public_half(path)) return;
    to_ask_.erase(to_ask_.begin());
    asked_[path].answered = true;
  }
}

void HostKeyReader::ask(const std::string& path, const std::string& file, bool unproven) {
  ChildSpec spec{.argv = {"/usr/bin/ssh-keygen", "-l", "-E", "sha256", "-f", file},
                 .deadline = deadline};
  child_ = run_child(loop_, std::move(spec), [this, path, unproven](const ChildResult& result) {
    on_answer(path, unproven, result);
  });
}

bool HostKeyReader::ask_public_half(const std::string& path) {
  if (!read_file(path + ".pub")) return false;
  ask(path, path + ".pub", true);
  return true;
}

// By value: the callback that holds the path is destroyed here.
void HostKeyReader::on_answer(std::string path, // NOLINT(performance-unnecessary-value-param)
                              bool unproven, const ChildResult& result) {
  child_.reset();
  unlink(link_.c_str());
  const auto asked = asked_.find(path);
  if (result.timed_out || result.exit_status < 0) {
    // Whatever holds up the first would hold up the others. All are asked again at a later look.
    to_ask_.clear();
    ask_again_ = now().boot + try_again;
    if (asked != asked_.end()) ++asked->second.tries;
  } else if (asked != asked_.end()) {
    const auto fingerprint =
        result.exit_status == 0 ? parse::key_fingerprint(result.out) : std::nullopt;
    if (!fingerprint && !unproven && ask_public_half(path)) return;
    asked->second.answered = true;
    asked->second.fingerprint = fingerprint;
    asked->second.unproven = unproven && fingerprint;
  }
  std::erase(to_ask_, path);
  ask_next();
  if (!child_) on_news_();
}

// ---- what clients know ----

void HostKeyReader::open_record(const Instance& instance) {
  const std::string directory = instance_directory(instance);
  if (directory == record_of_) return;
  record_of_ = directory;
  record_.reset();
  dropped_.clear();
  unsaved_ = false;
  const std::string path = directory + "/" + record_name;
  const auto text = read_state(instance, record_name);
  if (!text && exists(path)) {
    // No record, and nothing to write over.
    log_warning("what host keys were is not known: " + text.why());
    return;
  }
  if (text) record_ = engine::host_key_record(*text);
  if (text && !record_) log_warning(path + ": not as the agent wrote it; a new one is begun");
  if (!record_) record_ = engine::HostKeyRecord{};
}

// Whoever kept it meanwhile has written it.
void HostKeyReader::keep_record(bool keeps) {
  if (keeps && !keeps_record_) record_of_.clear();
  keeps_record_ = keeps;
}

void HostKeyReader::compare(Snapshot& snapshot) {
  if (!snapshot.host_keys) return;
  const bool known_instance = snapshot.instance && snapshot.instance->provisioned;
  if (known_instance) open_record(*snapshot.instance);
  if (!record_) return;
  HostKeys keys = *snapshot.host_keys;
  engine::HostKeyRecord now = engine::without_old_change(*record_, snapshot.taken.wall);
  const auto in_use = known_instance ? engine::keys_in_use(snapshot) : std::nullopt;
  if (in_use)
    now = engine::note_host_keys(std::move(now), in_use->keys, in_use->all, snapshot.taken.wall);
  if (in_use && in_use->all) dropped_ = engine::dropped_keys(now, *in_use);
  keys.dropped = dropped_;
  keys.change = now.change;
  keys.compared = true;
  snapshot.host_keys = std::move(keys);
  if (!known_instance) return;
  unsaved_ = unsaved_ || now != *record_;
  record_ = std::move(now);
  if (unsaved_ && keeps_record_) save_record(*snapshot.instance);
}

// A disk that is full or read-only may take it at a later look.
void HostKeyReader::save_record(const Instance& instance) {
  const std::string problem =
      write_state(instance, record_name, engine::to_json(*record_)).value_or("");
  unsaved_ = !problem.empty();
  if (unsaved_ && problem != save_problem_) log_warning("host keys are not recorded: " + problem);
  save_problem_ = problem;
}

} // namespace sshguardd::host
