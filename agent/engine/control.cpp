#include "engine/control.hpp"

#include "engine/control_json.hpp"
#include "engine/encode.hpp"
#include "engine/evaluate.hpp"
#include "sshguardd/check.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace sshguardd::engine {
namespace {

using std::chrono::seconds;

// Below it the next call is carried out: a client that asks and does not read makes us no debts.
constexpr std::size_t low_queue = 64UL * 1024UL;
constexpr std::int64_t max_history = 50;

std::string status_parameters(const std::string& document) {
  return "{\"status\":" + document + "}";
}

} // namespace

Session::Session(Control& control, std::string peer, std::function<void()> on_change)
    : control_{control}, peer_{std::move(peer)}, on_change_{std::move(on_change)} {}

bool Session::reads() const {
  return !closing_ && !calling_ && !subscribed_ && !too_long_ && !ended_ && !input_.whole() &&
         queued_ < low_queue;
}

bool Session::half() const {
  return !closing_ && !calling_ && !subscribed_ && input_.half();
}

bool Session::done() const {
  return closing_ && !calling_ && queue_.empty() && (!subscribed_ || closed_);
}

std::string_view Session::output() const {
  return queue_.empty() ? std::string_view{} : std::string_view{queue_.front()}.substr(sent_);
}

void Session::sent(std::size_t bytes) {
  sent_ += bytes;
  queued_ -= bytes;
  if (queue_.empty() || sent_ < queue_.front().size()) return;
  queue_.pop_front();
  sent_ = 0;
  work();
}

void Session::receive(std::string_view bytes) {
  if (closing_) return;
  const bool fits = input_.append(bytes);
  work();
  if (fits || closing_) return;
  // What came before it is answered first.
  if (calling_ || input_.whole()) {
    too_long_ = true;
    return;
  }
  refuse_frame("longer than " + std::to_string(varlink::max_frame) + " bytes");
}

void Session::end_of_input() {
  ended_ = true;
  work();
}

void Session::refuse(std::string_view error) {
  input_.clear();
  push(varlink::error(error));
  closing_ = true;
  on_change_();
}

void Session::refuse_frame(const std::string& why) {
  input_.clear();
  push(failure(named("BadFrame"), {{"reason", encode(why)}}));
  closing_ = true;
}

void Session::push(std::string frame) {
  queued_ += frame.size();
  queue_.push_back(std::move(frame));
}

void Session::tell(const std::string& parameters) {
  if (!subscribed_ || closing_) return;
  std::string frame = varlink::reply(parameters, true);
  if (queued_ + frame.size() > max_queue) {
    // A frame that has begun is ended, the others are dropped: then there is room for the last
    // word.
    while (queue_.size() > (sent_ > 0 ? 1U : 0U)) {
      queued_ -= queue_.back().size();
      queue_.pop_back();
    }
    frame = varlink::error(named("TooSlow"));
    subscribed_ = false;
    closing_ = true;
  }
  push(std::move(frame));
  on_change_();
}

void Session::answer(std::string frame) {
  calling_ = false;
  if (closed_) return;
  if (!oneway_) push(std::move(frame));
  work();
  on_change_();
}

void Session::bad_parameter(const std::string& name) {
  answer(failure("org.varlink.service.InvalidParameter", {{"parameter", encode(name, 200)}}));
}

void Session::work() {
  if (std::exchange(working_, true)) return; // an answer that came at once
  while (!calling_ && !subscribed_ && !closing_ && queued_ < low_queue) {
    const auto frame = input_.next();
    if (!frame) break;
    const auto call = varlink::parse_call(*frame);
    if (call)
      dispatch(*call);
    else
      refuse_frame(call.why());
  }
  working_ = false;
  const bool idle = !calling_ && !closing_ && !input_.whole();
  if (idle && too_long_)
    refuse_frame("longer than " + std::to_string(varlink::max_frame) + " bytes");
  if (idle && ended_ && !subscribed_) closing_ = true;
}

void Session::dispatch(const varlink::Call& call) {
  calling_ = true;
  oneway_ = call.oneway;
  if (call.interface == "org.varlink.service") return service(call);
  if (call.interface == control_interface) return agent(call);
  answer(failure("org.varlink.service.InterfaceNotFound", {{"interface", call.interface}}));
}

void Session::service(const varlink::Call& call) {
  Parameters parameters{call.parameters};
  if (call.method == "GetInfo") {
    if (const auto wrong = parameters.wrong()) return bad_parameter(*wrong);
    return answer(varlink::reply(
        text_of({{"vendor", "sshguardd"},
                 {"product", "sshguardd"},
                 {"version", SSHGUARDD_VERSION},
                 {"url", ""},
                 {"interfaces", Json::array({"org.varlink.service", control_interface})}})));
  }
  if (call.method == "GetInterfaceDescription") {
    const auto name = parameters.text("interface");
    parameters.require("interface", name.has_value());
    if (const auto wrong = parameters.wrong()) return bad_parameter(*wrong);
    const char* description = interface_description(*name);
    if (description == nullptr)
      return answer(
          failure("org.varlink.service.InterfaceNotFound", {{"interface", encode(*name, 200)}}));
    return answer(varlink::reply(text_of({{"description", description}})));
  }
  answer(failure("org.varlink.service.MethodNotFound", {{"method", call.method}}));
}

void Session::agent(const varlink::Call& call) {
  if (call.method == "Heal") return heal(call);
  if (call.method == "Check") return check(call);
  if (call.method == "Subscribe") return subscribe(call);

  Parameters parameters{call.parameters};
  if (call.method == "GetStatus") {
    if (const auto wrong = parameters.wrong()) return bad_parameter(*wrong);
    const std::string document = control_.status();
    return answer(document.empty() ? failure(named("NotReady"))
                                   : varlink::reply(status_parameters(document)));
  }
  if (call.method == "Pause") {
    const auto duration =
        parameters.number("seconds", shortest_pause.count(), longest_pause.count());
    parameters.require("seconds", duration.has_value());
    if (const auto wrong = parameters.wrong()) return bad_parameter(*wrong);
    const WallTime until = control_.pause(seconds{*duration}, peer_);
    return answer(varlink::reply(text_of({{"until", rfc3339(until)}})));
  }
  if (call.method == "Resume") {
    if (const auto wrong = parameters.wrong()) return bad_parameter(*wrong);
    return answer(varlink::reply(text_of({{"paused", control_.resume(peer_)}})));
  }
  if (call.method == "GetHistory") {
    const auto limit = parameters.number("limit", 1, max_history);
    if (const auto wrong = parameters.wrong()) return bad_parameter(*wrong);
    return answer(
        history_frame(control_.history(), static_cast<std::size_t>(limit.value_or(max_history))));
  }
  answer(failure("org.varlink.service.MethodNotFound", {{"method", call.method}}));
}

void Session::heal(const varlink::Call& call) {
  Parameters parameters{call.parameters};
  const auto id = parameters.text("id");
  parameters.require("id", id.has_value());
  const auto subject = parameters.text("subject");
  const bool once = parameters.flag("once");
  const bool dry_run = parameters.flag("dry_run");
  if (const auto wrong = parameters.wrong()) return bad_parameter(*wrong);
  if (find_info(*id) == nullptr)
    return answer(failure(named("UnknownFinding"), {{"id", encode(*id, 200)}}));
  if (subject && !by_subject(*id)) return bad_parameter("subject");
  HealRequest request{.id = *id,
                      .subject = subject.value_or(""),
                      .asker = once ? Asker::person : Asker::agent,
                      .asked_by = peer_,
                      .dry_run = dry_run};
  control_.heal(std::move(request), [weak = weak_from_this()](const HealResult& result) {
    if (const auto self = weak.lock()) self->answer(heal_frame(result));
  });
}

void Session::check(const varlink::Call& call) {
  Parameters parameters{call.parameters};
  std::vector<std::string> ids = parameters.texts("ids");
  if (const auto wrong = parameters.wrong()) return bad_parameter(*wrong);
  for (const std::string& id : ids) {
    if (find_info(id) == nullptr)
      return answer(failure(named("UnknownFinding"), {{"id", encode(id, 200)}}));
  }
  control_.check(std::move(ids), [weak = weak_from_this()](const std::string& document) {
    if (const auto self = weak.lock()) self->answer(varlink::reply(status_parameters(document)));
  });
}

void Session::subscribe(const varlink::Call& call) {
  Parameters parameters{call.parameters};
  if (const auto wrong = parameters.wrong()) return bad_parameter(*wrong);
  if (!call.more || call.oneway) return answer(failure("org.varlink.service.ExpectedMore"));
  const std::string document = control_.status();
  if (document.empty()) return answer(failure(named("NotReady")));
  subscribed_ = true;
  answer(varlink::reply(status_parameters(document), true));
}

} // namespace sshguardd::engine
