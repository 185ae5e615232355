#include "host/systemctl.hpp"

#include "host/files.hpp"
#include "parse/ssh_units.hpp"
#include "parse/systemctl_show.hpp"

#include <iterator>
#include <string_view>
#include <utility>

namespace sshguardd::host {
namespace {

constexpr const char* program = "/usr/bin/systemctl";
constexpr auto read_deadline = std::chrono::seconds{3};
constexpr auto act_deadline = std::chrono::seconds{2};

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// Why there is no answer in it; empty where there is.
std::string trouble(const ChildResult& result) {
  if (!result.error.empty()) return result.error;
  if (result.timed_out) return "systemctl: no answer";
  if (result.exit_status != 0)
    return "systemctl: " + (result.err.empty() ? "failed" : first_line(result.err));
  return {};
}

// The text of its fragment and drop-ins, in systemd's order; nothing where one cannot be read.
std::optional<std::string> unit_files(const Unit& unit) {
  if (unit.fragment_path.empty()) return std::nullopt;
  std::vector<std::string> paths{unit.fragment_path};
  paths.insert(paths.end(), unit.drop_in_paths.begin(), unit.drop_in_paths.end());
  std::string all;
  for (const std::string& path : paths) {
    const auto text = read_file(path);
    if (!text) return std::nullopt;
    all += *text + "\n";
  }
  return all;
}

} // namespace

void Systemctl::read(std::optional<SshUnits> known, Systemd::Callback callback) {
  known_ = std::move(known);
  callback_ = std::move(callback);
  failed_.clear();
  units_.clear();
  files_.clear();
  asking_.clear();
  pending_ = 3;
  std::vector<std::string> show{"show", "--timestamp=us+utc",
                                std::string{"--property="} + parse::shown_properties};
  show.insert(show.end(), std::begin(parse::ssh_unit_names), std::end(parse::ssh_unit_names));
  ask(std::move(show), &Systemctl::on_units);
  ask({"list-unit-files", "--full", "--no-legend", "ssh.service", "sshd.service", "ssh.socket",
       "sshd.socket", "ssh@.service", "sshd@.service"},
      &Systemctl::on_files);
  ask({"show", "--property=SystemState", "--value"}, &Systemctl::on_state);
}

void Systemctl::ask(std::vector<std::string> arguments,
                    void (Systemctl::*into)(const std::string&)) {
  std::vector<std::string> argv{program, "--no-pager"};
  argv.insert(argv.end(), std::make_move_iterator(arguments.begin()),
              std::make_move_iterator(arguments.end()));
  ChildSpec spec{.argv = std::move(argv), .environment = {}, .deadline = read_deadline};
  asking_.push_back(run_child(loop_, std::move(spec), [this, into](const ChildResult& result) {
    const std::string why = trouble(result);
    // No unit file of these names at all: nothing printed, and a failure by its exit status.
    const bool none = into == &Systemctl::on_files && result.exit_status > 0 && result.err.empty();
    if (why.empty())
      (this->*into)(result.out);
    else if (!none)
      failed_ = why;
    answered();
  }));
}

void Systemctl::on_units(const std::string& out) {
  auto shown = parse::systemctl_show(out);
  if (!shown) {
    failed_ = shown.why();
    return;
  }
  for (const parse::ShownUnit& one : *shown) {
    if (!one.unit.exists()) continue;
    const Unit* known = nullptr;
    if (known_) known = one.unit.id == known_->service.id ? &known_->service : &known_->socket;
    units_.push_back(parse::complete(one, known, unit_files(one.unit)));
  }
}

void Systemctl::on_files(const std::string& out) {
  files_ = parse::systemctl_unit_files(out);
}

void Systemctl::on_state(const std::string& out) {
  system_state_ = first_line(out);
}

void Systemctl::answered() {
  if (--pending_ > 0) return;
  asking_.clear(); // with its descriptors
  for (Unit& unit : units_) {
    for (const UnitFile& file : files_) {
      if (file.name == unit.id) unit.unit_file_state = file.state;
    }
  }
  const Systemd::Callback callback = std::exchange(callback_, nullptr);
  if (failed_.empty())
    callback(parse::ssh_units(system_state_, units_, files_));
  else
    callback(Unknown{failed_});
}

void Systemctl::act(HostActions::UnitVerb verb, const std::string& name, BusUnits::Acted done) {
  std::vector<std::string> argv{program, "--quiet", "--no-ask-password"};
  if (verb != HostActions::UnitVerb::reset_failed) argv.emplace_back("--no-block");
  argv.emplace_back(HostActions::name_of(verb));
  argv.push_back(name);
  ChildSpec spec{.argv = std::move(argv), .environment = {}, .deadline = act_deadline};
  acting_ =
      run_child(loop_, std::move(spec), [this, done = std::move(done)](const ChildResult& result) {
        acting_.reset();
        const std::string why = trouble(result);
        using Sent = BusUnits::Sent;
        const bool unsure = result.timed_out || result.signal != 0;
        done(why.empty() ? Sent::done : unsure ? Sent::unsure : Sent::refused, why);
      });
}

} // namespace sshguardd::host
