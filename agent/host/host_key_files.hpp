// What remedies do to host keys: take others' permissions from them, make those that are not there.
#pragma once

#include "host/child.hpp"
#include "host/fd.hpp"
#include "host/loop.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sshguardd::host {

// Why it is not the agent's to give this key another mode: it is not regular, not root's, has
// several names, lies in a home or below a directory that others than root write.
[[nodiscard]] std::optional<std::string> unmendable_key(const std::string& path);

// Clears the bits 077 of each that may be mended, by descriptor. The reasons of the others.
[[nodiscard]] std::optional<std::string>
clear_host_key_modes(const std::vector<std::string>& paths);

// Makes default host keys that are not there: by ssh-keygen under a name of its own beside them,
// synced, then renamed without replacing anything. Destroying it ends that.
class HostKeyMaker {
public:
  using Done = std::function<void(std::optional<std::string> error)>;
  HostKeyMaker(Loop& loop, std::vector<std::string> paths, Done done);
  ~HostKeyMaker();
  HostKeyMaker(const HostKeyMaker&) = delete;
  HostKeyMaker& operator=(const HostKeyMaker&) = delete;

  void start();

private:
  void next();
  void on_made(std::string name, const ChildResult& result);
  void place();
  void sweep() const;
  [[nodiscard]] bool place_one(const std::string& name);
  void label();
  void end(std::optional<std::string> error);

  Loop& loop_;
  std::vector<std::string> paths_;
  Done done_;
  Fd directory_;
  std::vector<std::string> to_make_; // names in it: "ssh_host_rsa_key"
  std::vector<std::string> made_;
  std::vector<std::string> placed_;
  std::string problem_; // the first one
  std::unique_ptr<Child> child_;
};

} // namespace sshguardd::host
