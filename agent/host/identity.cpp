#include "host/identity.hpp"

#include "parse/identity.hpp"

#include <utility>

namespace sshguardd::host {
namespace {

constexpr auto deadline = std::chrono::seconds{2};

} // namespace

IdentityReader::IdentityReader(Loop& loop, const Snapshot& snapshot, Callback callback)
    : callback_{std::move(callback)} {
  if (snapshot.instance) {
    identity_.instance_id = snapshot.instance->instance_id;
    identity_.machine_id = snapshot.instance->machine_id;
  }
  // In a child: the kernel lists addresses under a lock that a network driver in trouble may hold
  // for ever.
  child_ = run_child(loop, {.argv = {"/bin/hostname", "-I"}, .deadline = deadline},
                     [this](const ChildResult& result) {
                       identity_.addresses = parse::global_addresses(result.out);
                       // It may destroy this object.
                       const Callback done = std::move(callback_);
                       done(std::move(identity_));
                     });
}

} // namespace sshguardd::host
