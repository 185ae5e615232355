// The interface definitions, as org.varlink.service.GetInterfaceDescription gives them.
#include "engine/control.hpp"

namespace sshguardd::engine {
namespace {

constexpr const char* agent_description =
    R"(# What the resident agent sshguardd knows of SSH on this machine, and what it can be asked to do.
# Root only. No method takes a path. Fields may be added, never changed.
interface io.sshguardd.Agent

# A remedy that was carried out. outcome: healed, still-broken, interrupted, unverified. asked_by: the person's user id as
# "uid 1000"; null where the agent did it by itself.
type HealRecord (
  time: string,
  id: string,
  subject: string,
  remedy: string,
  before: string,
  after: string,
  outcome: string,
  took_ms: int,
  asked_by: ?string
)

# A trouble that is over. seconds: how long it lasted. by: agent, person, recovered.
type Trouble (
  id: string,
  subject: string,
  severity: string,
  since: string,
  ended: string,
  seconds: int,
  by: string,
  told: string,
  outcome: string
)

# A line as the console has it. kind: opened, changed, ended, alive and others. state: of the
# machine after it (ok, warning, critical, unknown). open: findings open after it.
type Event (
  time: string,
  kind: string,
  state: string,
  sentence: string,
  seq: int,
  open: int,
  id: ?string,
  subject: ?string,
  about: ?int,
  ends: ?int,
  by: ?string
)

# The status document, schema 1, as `sshguardctl status --json` prints it.
method GetStatus() -> (status: object)

# The same after a fresh look, of these findings alone. It heals nothing.
method Check(ids: ?[]string) -> (status: object)

# Carries out the remedy of a finding, by the rules that the agent itself keeps: a fresh look, then
# one act, verified. subject: the finding's, where there may be several of that id (an account, a
# mount point); without it the first that can be healed is meant. once: a person's consent to one run of what is switched off, paused, opt-in or
# out of budget. dry_run: says what would be done, and does nothing. Answers when it is verified,
# after 100 seconds at the latest. outcome: healed, still-broken, would-heal. steps: what is done.
method Heal(id: string, subject: ?string, once: ?bool, dry_run: ?bool) -> (
  outcome: string,
  why: ?string,
  steps: []string,
  heal: ?HealRecord
)

# For so many seconds, at most 7 days, the agent tries no remedy by itself. until: when it ends.
method Pause(seconds: int) -> (until: string)

# Ends a pause. paused: whether there was one.
method Resume() -> (paused: bool)

# The newest last, at most so many of each (50).
method GetHistory(limit: ?int) -> (heals: []HealRecord, troubles: []Trouble)

# Wants `more`: first the status document, then each line that is reported, as an event.
method Subscribe() -> (status: ?object, event: ?Event)

# There is no finding of this id in the catalog.
error UnknownFinding(id: string)

# A fresh look did not find it.
error NothingToHeal(id: string)

# It is there, and the agent can do nothing about it. steps: what a person does.
error NoRemedy(id: string, steps: []string)

# The remedy is withheld. retry_at: when time alone may change that. once_helps: a person's consent
# to one run would. steps: what would be done.
error Refused(
  id: string,
  reason: string,
  retry_at: ?string,
  once_helps: bool,
  steps: []string
)

# Could not look, so that nothing was done.
error CouldNotLook(id: string, reason: string)

# Another remedy is under way.
error Busy(id: string)

# The first look is not over yet.
error NotReady()

# The frame was no call: too long, nested too deeply, no JSON. The connection is closed.
error BadFrame(reason: string)

# Too many connections. This one is closed.
error TooManyClients()

# The subscriber did not read what it asked for. The connection is closed.
error TooSlow()

# No whole call within the time for it. The connection is closed.
error TimedOut()
)";

constexpr const char* service_description = R"(# What every service on Varlink answers.
interface org.varlink.service

method GetInfo() -> (
  vendor: string,
  product: string,
  version: string,
  url: string,
  interfaces: []string
)

method GetInterfaceDescription(interface: string) -> (description: string)

error InterfaceNotFound(interface: string)

error MethodNotFound(method: string)

error MethodNotImplemented(method: string)

error InvalidParameter(parameter: string)

error PermissionDenied()

error ExpectedMore()
)";

} // namespace

const char* interface_description(std::string_view interface) {
  if (interface == control_interface) return agent_description;
  return interface == "org.varlink.service" ? service_description : nullptr;
}

} // namespace sshguardd::engine
