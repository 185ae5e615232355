// The wire format of Varlink (varlink.org): JSON objects, each ended by a NUL byte. What comes in
// is untrusted whoever sends it: bounded, and parsed without exceptions.
#pragma once

#include "sshguardd/fact.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sshguardd::engine::varlink {

inline constexpr std::size_t max_frame = 64UL * 1024UL; // of a call; answers may be longer
inline constexpr int max_depth = 16;                    // of nested objects and lists

// Bytes in, frames out.
class Frames {
public:
  explicit Frames(std::size_t limit = max_frame) : limit_{limit} {}

  // False from the first frame on that is longer than the limit; it is not kept.
  [[nodiscard]] bool append(std::string_view bytes);
  [[nodiscard]] std::optional<std::string> next(); // without its NUL byte
  [[nodiscard]] bool whole() const;                // a frame is waiting
  [[nodiscard]] bool half() const;                 // one has begun, and has not ended
  void clear() { bytes_.clear(); }

private:
  std::size_t limit_;
  std::string bytes_;
};

struct Call {
  std::string interface;         // "io.sshguardd.Agent"
  std::string method;            // "Heal"
  std::string parameters = "{}"; // a JSON object
  bool more = false;
  bool oneway = false;
};

// Unknown says what is wrong with it.
[[nodiscard]] Fact<Call> parse_call(std::string_view frame);

struct Answer {
  std::string error;             // "io.sshguardd.Agent.Busy"; empty: none
  std::string parameters = "{}"; // a JSON object
  bool continues = false;
};
[[nodiscard]] Fact<Answer> parse_answer(std::string_view frame);

// Frames, with their NUL byte; `parameters` are JSON objects.
[[nodiscard]] std::string call(std::string_view method, std::string_view parameters,
                               bool more = false);
[[nodiscard]] std::string reply(std::string_view parameters, bool continues = false);
[[nodiscard]] std::string error(std::string_view name, std::string_view parameters = "{}");

// Deeper than max_depth? Reads brackets only, so that it can be asked before parsing.
[[nodiscard]] bool too_deep(std::string_view json);

} // namespace sshguardd::engine::varlink
