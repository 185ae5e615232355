// What the status document and the control socket's answers say alike.
#pragma once

#include "engine/encode.hpp"
#include "engine/ledger.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace sshguardd::engine {

using Json = nlohmann::ordered_json;

// null where there is nothing to say: a reader must not have to compare with "".
[[nodiscard]] inline Json text_or_null(std::string_view text) {
  return text.empty() ? Json{} : Json(encode(text));
}

// A remedy that was carried out.
[[nodiscard]] Json heal_json(const Heal& heal);

} // namespace sshguardd::engine
