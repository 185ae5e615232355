#include "host/identity.hpp"

#include "host/files.hpp"
#include "parse/identity.hpp"
#include "parse/sshd_config.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sshguardd::host {
namespace {

constexpr auto deadline = std::chrono::seconds{2};
constexpr std::size_t max_keys = 8;
constexpr const char* default_keys[] = {"/etc/ssh/ssh_host_ed25519_key",
                                        "/etc/ssh/ssh_host_ecdsa_key", "/etc/ssh/ssh_host_rsa_key"};

std::string first_word(const Fact<std::string>& text) {
  if (!text) return {};
  return text->substr(0, text->find_first_of(" \t\r\n"));
}

std::string read_instance_id() {
  const auto data = read_file("/run/cloud-init/instance-data.json");
  std::string id = data ? parse::instance_id(*data) : "";
  // Written late in a boot; until then it may be that of the image.
  return id.empty() ? first_word(read_file("/var/lib/cloud/data/instance-id")) : id;
}

// The public halves of the keys that are configured, of the usual ones where none is.
std::vector<std::string> public_keys(const Snapshot& snapshot) {
  std::vector<std::string> keys;
  if (snapshot.config) {
    for (const WatchedPath& path : snapshot.config->paths) {
      // Units and directories among them have no such line.
      if (!path.exists || path.path == snapshot.config->binary) continue;
      const auto text = read_file(path.path);
      if (text) std::ranges::move(parse::host_key_files(*text), std::back_inserter(keys));
    }
  }
  if (keys.empty()) keys.assign(std::begin(default_keys), std::end(default_keys));
  for (std::string& key : keys)
    key += ".pub";
  // A FIFO or a device would be opened by ssh-keygen.
  std::erase_if(keys, [](const std::string& key) { return !read_file(key); });
  if (keys.size() > max_keys) keys.resize(max_keys);
  std::ranges::reverse(keys);
  return keys;
}

} // namespace

IdentityReader::IdentityReader(Loop& loop, const Snapshot& snapshot, Callback callback)
    : loop_{loop}, callback_{std::move(callback)}, keys_{public_keys(snapshot)} {
  identity_.instance_id = read_instance_id();
  identity_.machine_id = first_word(read_file("/etc/machine-id"));
  // In a child: the kernel lists addresses under a lock that a network driver in trouble may hold
  // for ever.
  child_ = run_child(loop_, {.argv = {"/bin/hostname", "-I"}, .deadline = deadline},
                     [this](const ChildResult& result) {
                       identity_.addresses = parse::global_addresses(result.out);
                       next_key();
                     });
}

void IdentityReader::next_key() {
  if (keys_.empty()) {
    // It may destroy this object.
    const Callback callback = std::move(callback_);
    return callback(std::move(identity_));
  }
  ChildSpec spec{.argv = {"/usr/bin/ssh-keygen", "-l", "-E", "sha256", "-f", keys_.back()},
                 .deadline = deadline};
  keys_.pop_back();
  child_ = run_child(loop_, std::move(spec), [this](const ChildResult& result) { on_key(result); });
}

void IdentityReader::on_key(const ChildResult& result) {
  const auto key = parse::key_fingerprint(result.out);
  if (result.exit_status == 0 && key) identity_.host_keys.push_back(key->type + " " + key->hash);
  // Whatever holds up the first would hold up the others.
  if (result.timed_out) keys_.clear();
  next_key();
}

} // namespace sshguardd::host
