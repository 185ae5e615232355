#include "host/instance.hpp"

#include "host/files.hpp"
#include "parse/fnv.hpp"
#include "parse/identity.hpp"

#include <cstdint>
#include <cstdio>

namespace sshguardd::host {
namespace {

constexpr const char* state_directory = "/var/lib/sshguardd";
constexpr std::size_t machine_id_size = 32; // machine-id(5)

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

// cloud-init's generator enables it for this boot (/run/cloud-init/enabled); its last stage writes
// result.json there.
bool provisioned() {
  return !exists("/run/cloud-init/enabled") || exists("/run/cloud-init/result.json");
}

} // namespace

Fact<Instance> read_instance() {
  const auto text = read_file("/etc/machine-id");
  if (!text) return Unknown{text.why()};
  Instance instance{.machine_id = first_word(text)};
  if (instance.machine_id.size() != machine_id_size ||
      instance.machine_id.find_first_not_of("0123456789abcdef") != std::string::npos)
    return Unknown{"/etc/machine-id is not set"};
  instance.instance_id = read_instance_id();
  instance.provisioned = provisioned();
  return instance;
}

std::string instance_directory(const Instance& instance) {
  if (instance.instance_id.empty()) return std::string{state_directory} + "/" + instance.machine_id;
  // Instance ids are names of the cloud's, with any letters.
  const std::uint64_t hash = parse::fnv1a(instance.instance_id);
  char key[17] = {};
  std::snprintf(key, sizeof key, "%016llx", static_cast<unsigned long long>(hash));
  return std::string{state_directory} + "/" + instance.machine_id + "-" + key;
}

Fact<std::string> read_state(const Instance& instance, std::string_view name) {
  return read_file(instance_directory(instance) + "/" + std::string{name});
}

std::optional<std::string> write_state(const Instance& instance, std::string_view name,
                                       std::string_view text) {
  const std::string directory = instance_directory(instance);
  if (!make_directory(state_directory, 0700) || !make_directory(directory, 0700))
    return "cannot make " + directory;
  return write_atomic(directory + "/" + std::string{name}, text, 0600);
}

} // namespace sshguardd::host
