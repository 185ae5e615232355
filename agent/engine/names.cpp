// The names of the enumerations, as JSON, console and journal have them. They never change once
// released: programs read them.
#include "engine/evaluate.hpp"
#include "sshguardd/finding.hpp"

namespace sshguardd {

std::string capitals(std::string_view name) {
  std::string text{name};
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string_view to_string(Severity severity) {
  switch (severity) {
  case Severity::info:
    return "info";
  case Severity::warning:
    return "warning";
  case Severity::critical:
    return "critical";
  }
  return "info";
}

std::string_view to_string(When when) {
  switch (when) {
  case When::now:
    return "now";
  case When::restart:
    return "restart";
  case When::reboot:
    return "reboot";
  case When::soon:
    return "soon";
  }
  return "now";
}

std::string_view to_string(Sees sees) {
  switch (sees) {
  case Sees::none:
    return "none";
  case Sees::refused:
    return "refused";
  case Sees::timeout:
    return "timeout";
  case Sees::unreachable:
    return "unreachable";
  case Sees::prohibited:
    return "prohibited";
  case Sees::reset:
    return "reset";
  case Sees::denied:
    return "denied";
  case Sees::closed:
    return "closed";
  case Sees::hostkey:
    return "hostkey";
  }
  return "none";
}

namespace engine {

std::string_view to_string(State state) {
  switch (state) {
  case State::ok:
    return "ok";
  case State::warning:
    return "warning";
  case State::critical:
    return "critical";
  case State::unknown:
    return "unknown";
  }
  return "unknown";
}

} // namespace engine
} // namespace sshguardd
