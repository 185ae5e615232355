// Members of JSON objects that may be of any kind.
#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace sshguardd::engine {

// Null: there is none, or `object` is no object.
[[nodiscard]] inline const nlohmann::json* nft_member(const nlohmann::json& object,
                                                      const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

// Empty: there is none, or it is no string.
[[nodiscard]] inline std::string_view nft_word(const nlohmann::json& object, const char* name) {
  const nlohmann::json* found = nft_member(object, name);
  if (found == nullptr || !found->is_string()) return {};
  return found->get_ref<const std::string&>();
}

// A list of strings, or one alone; what is no string counts as an empty one.
template <class Each> void nft_each_word(const nlohmann::json* json, Each each) {
  if (json == nullptr) return;
  const auto one = [&](const nlohmann::json& value) {
    each(value.is_string() ? value.get_ref<const std::string&>() : std::string{});
  };
  if (json->is_array())
    std::ranges::for_each(*json, one);
  else
    one(*json);
}

} // namespace sshguardd::engine
