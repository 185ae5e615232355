// What control.cpp and control_answers.cpp share: parameters in, frames out.
#pragma once

#include "engine/control.hpp"
#include "engine/record_json.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sshguardd::engine {

[[nodiscard]] inline std::string text_of(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

[[nodiscard]] inline std::string named(std::string_view error) {
  return std::string{control_interface}.append(".").append(error);
}

[[nodiscard]] inline std::string failure(std::string_view name,
                                         const Json& parameters = Json::object()) {
  return varlink::error(name, text_of(parameters));
}

// The parameters of a call, each to be taken; what is wrong with them is the name of the first bad
// one.
class Parameters {
public:
  static constexpr std::size_t max_texts = 64;

  explicit Parameters(const std::string& text) : json_(Json::parse(text, nullptr, false)) {}

  std::optional<std::string> text(const char* name) {
    const Json* value = take(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    complain(name);
    return std::nullopt;
  }
  std::optional<std::int64_t> number(const char* name, std::int64_t least, std::int64_t most) {
    const Json* value = take(name);
    if (value == nullptr) return std::nullopt;
    const bool fits = value->is_number_integer() &&
                      (!value->is_number_unsigned() ||
                       value->get<std::uint64_t>() <= static_cast<std::uint64_t>(most));
    if (fits && value->get<std::int64_t>() >= least && value->get<std::int64_t>() <= most)
      return value->get<std::int64_t>();
    complain(name);
    return std::nullopt;
  }
  bool flag(const char* name) {
    const Json* value = take(name);
    if (value != nullptr && !value->is_boolean()) complain(name);
    return value != nullptr && value->is_boolean() && value->get<bool>();
  }
  std::vector<std::string> texts(const char* name) {
    std::vector<std::string> all;
    const Json* value = take(name);
    if (value == nullptr) return all;
    if (!value->is_array() || value->size() > max_texts ||
        !std::ranges::all_of(*value, [](const Json& one) { return one.is_string(); })) {
      complain(name);
      return all;
    }
    for (const Json& one : *value)
      all.push_back(one.get<std::string>());
    return all;
  }
  void require(const char* name, bool there) {
    if (!there) complain(name);
  }

  // Once all are taken: the first bad one, or one that there is not.
  [[nodiscard]] std::optional<std::string> wrong() const {
    if (wrong_) return wrong_;
    for (const auto& [name, value] : json_.items()) {
      if (std::ranges::find(taken_, name) == taken_.end()) return name;
    }
    return std::nullopt;
  }

private:
  const Json* take(const char* name) {
    taken_.emplace_back(name);
    const auto found = json_.find(name);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }
  void complain(const char* name) {
    if (!wrong_) wrong_ = name;
  }

  Json json_;
  std::vector<std::string> taken_;
  std::optional<std::string> wrong_;
};

// The answers as frames.
[[nodiscard]] std::string heal_frame(const HealResult& result);
[[nodiscard]] std::string history_frame(const Ledger& ledger, std::size_t limit);

} // namespace sshguardd::engine
