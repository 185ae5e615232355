// The control socket without its socket: the methods of io.sshguardd.Agent over Varlink, one
// Session for each client. Pure; the daemon moves the bytes, and sshguardctl without an agent calls
// the same methods on itself.
#pragma once

#include "engine/healing.hpp"
#include "engine/report.hpp"
#include "engine/varlink.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::engine {

inline constexpr const char* control_interface = "io.sshguardd.Agent";
inline constexpr const char* control_socket = "/run/sshguardd/io.sshguardd.Agent";
inline constexpr std::chrono::seconds shortest_pause{1};
inline constexpr std::chrono::seconds longest_pause{7 * 86'400};

// What the methods ask of who carries them out. No method takes a path.
class Control {
public:
  Control() = default;
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;
  virtual ~Control() = default;

  // The status document; empty before the first look.
  virtual std::string status() = 0;
  // The same after a fresh look, of these findings alone; of all where none is named.
  virtual void check(std::vector<std::string> ids,
                     std::function<void(const std::string& document)> done) = 0;
  virtual void heal(HealRequest request, std::function<void(const HealResult&)> done) = 0;
  virtual WallTime pause(std::chrono::seconds duration, const std::string& by) = 0;
  virtual bool resume(const std::string& by) = 0; // false: it was not paused
  virtual const Ledger& history() = 0;
};

class Session : public std::enable_shared_from_this<Session> {
public:
  // peer: who asks, for the record. on_change: something to send, or to read, or done().
  Session(Control& control, std::string peer, std::function<void()> on_change);

  void receive(std::string_view bytes);
  void end_of_input();                      // what was asked for is still answered
  void refuse(std::string_view error);      // the last word
  void tell(const std::string& parameters); // to a subscriber; one that does not read is dropped
  void close() { closed_ = true; }          // answers that come now go nowhere

  [[nodiscard]] bool subscribed() const { return subscribed_; }
  [[nodiscard]] bool reads() const;              // wants more bytes
  [[nodiscard]] bool half() const;               // a frame has begun, and has not ended
  [[nodiscard]] bool done() const;               // all is said: close the connection
  [[nodiscard]] std::string_view output() const; // to be sent next; empty: nothing
  void sent(std::size_t bytes);

  // Bytes that may wait for a subscriber. An answer is not cut; the next call waits for its going.
  static constexpr std::size_t max_queue = 256UL * 1024UL;

private:
  void work(); // carries out the calls that wait, one at a time, in their order
  void dispatch(const varlink::Call& call);
  void service(const varlink::Call& call);
  void agent(const varlink::Call& call);
  void heal(const varlink::Call& call);
  void check(const varlink::Call& call);
  void subscribe(const varlink::Call& call);
  void answer(std::string frame); // ends the call under way
  void bad_parameter(const std::string& name);
  void push(std::string frame);
  void refuse_frame(const std::string& why);

  Control& control_;
  std::string peer_;
  std::function<void()> on_change_;
  varlink::Frames input_;
  std::deque<std::string> queue_;
  std::size_t queued_ = 0; // bytes in it
  std::size_t sent_ = 0;   // bytes of its front that are out
  bool calling_ = false;   // a call is under way
  bool oneway_ = false;    // ... and wants no answer
  bool working_ = false;
  bool subscribed_ = false;
  bool too_long_ = false; // a frame came that is too long
  bool ended_ = false;    // no more will come
  bool closing_ = false;  // nothing more is taken
  bool closed_ = false;
};

// A report line as Subscribe tells it: the parameters of a reply.
[[nodiscard]] std::string event_json(const Line& line, const Snapshot& snapshot);

// The interface definition of one of ours; nullptr where there is none of this name.
[[nodiscard]] const char* interface_description(std::string_view interface);

// Leaves only the findings of these ids (none: all), and the state that they make. After
// evaluate(), so that their causes are known.
void keep_only(Evaluation& evaluation, const std::vector<std::string>& ids);

// For some time no remedy is tried but with a person's consent. The lines say so.
[[nodiscard]] Line pause_healing(Ledger& ledger, State state, const Now& now,
                                 std::chrono::seconds duration);
// healing: "on", or why not, as the status has it.
[[nodiscard]] Line resume_healing(Ledger& ledger, State state, const std::string& healing,
                                  bool by_person);
// When the pause ends, for people; empty where there is none.
[[nodiscard]] std::string paused_until(const Ledger& ledger, const Now& now);

} // namespace sshguardd::engine
