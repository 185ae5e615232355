// A fact about the machine: a value, or the reason why nobody could look.
//
// `Unknown` is a state of its own. It is neither good nor bad: it never heals and never reads as
// green. Every collector result in a Snapshot is a Fact.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace sshguardd {

struct Unknown {
  std::string why; // for people, one line, without a full stop; untrusted text is encoded on output
};

template <class T> class Fact {
public:
  Fact() : value_{Unknown{"not looked at yet"}} {}
  Fact(T value) : value_{std::move(value)} {}           // NOLINT(google-explicit-constructor)
  Fact(Unknown unknown) : value_{std::move(unknown)} {} // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool known() const { return std::holds_alternative<T>(value_); }
  explicit operator bool() const { return known(); }

  // Only where known().
  [[nodiscard]] const T& operator*() const { return std::get<T>(value_); }
  [[nodiscard]] const T* operator->() const { return &std::get<T>(value_); }

  // Why it is unknown; empty where it is known.
  [[nodiscard]] std::string why() const {
    const auto* unknown = std::get_if<Unknown>(&value_);
    return unknown != nullptr ? unknown->why : std::string{};
  }

private:
  std::variant<Unknown, T> value_;
};

} // namespace sshguardd
