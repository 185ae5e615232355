#include "engine/varlink.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sshguardd::engine::varlink {
namespace {

using Json = nlohmann::json;

constexpr std::size_t max_name = 255;

bool name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-';
}

// An object, or the reason why it is none.
Fact<Json> object_of(std::string_view frame) {
  if (too_deep(frame)) return Unknown{"nested too deeply"};
  Json json = Json::parse(frame, nullptr, false);
  if (json.is_discarded()) return Unknown{"not JSON"};
  if (!json.is_object()) return Unknown{"not a JSON object"};
  return json;
}

// A flag that is missing or null is false.
Fact<bool> flag(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return false;
  if (!found->is_boolean()) return Unknown{std::string{name} + " is neither true nor false"};
  return found->get<bool>();
}

Fact<std::string> parameters_of(const Json& json) {
  const auto found = json.find("parameters");
  if (found == json.end() || found->is_null()) return std::string{"{}"};
  if (!found->is_object()) return Unknown{"parameters is not an object"};
  return found->dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string framed(std::string text) {
  text.push_back('\0');
  return text;
}

} // namespace

bool Frames::append(std::string_view bytes) {
  bytes_ += bytes;
  for (std::size_t begin = 0;;) {
    const std::size_t end = bytes_.find('\0', begin);
    if ((end == std::string::npos ? bytes_.size() : end) - begin > limit_) {
      bytes_.resize(begin);
      return false;
    }
    if (end == std::string::npos) return true;
    begin = end + 1;
  }
}

std::optional<std::string> Frames::next() {
  const std::size_t end = bytes_.find('\0');
  if (end == std::string::npos) return std::nullopt;
  std::string frame = bytes_.substr(0, end);
  bytes_.erase(0, end + 1);
  return frame;
}

bool Frames::whole() const {
  return bytes_.find('\0') != std::string::npos;
}

bool Frames::half() const {
  return !bytes_.empty() && bytes_.back() != '\0';
}

bool too_deep(std::string_view json) {
  int depth = 0;
  bool text = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (text) {
      if (c == '\\') ++at;
      if (c == '"') text = false;
    } else if (c == '"') {
      text = true;
    } else if (c == '{' || c == '[') {
      if (++depth > max_depth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

Fact<Call> parse_call(std::string_view frame) {
  const Fact<Json> json = object_of(frame);
  if (!json) return Unknown{json.why()};
  const auto method = json->find("method");
  if (method == json->end() || !method->is_string()) return Unknown{"no method"};
  const auto& name = method->get_ref<const std::string&>();
  const std::size_t dot = name.rfind('.');
  if (name.size() > max_name || dot == std::string::npos || dot == 0 || dot + 1 == name.size() ||
      !std::ranges::all_of(name, name_byte))
    return Unknown{"method is not INTERFACE.METHOD"};
  const auto parameters = parameters_of(*json);
  const auto more = flag(*json, "more");
  const auto oneway = flag(*json, "oneway");
  const auto upgrade = flag(*json, "upgrade");
  for (const std::string& why : {parameters.why(), more.why(), oneway.why(), upgrade.why()}) {
    if (!why.empty()) return Unknown{why};
  }
  if (*upgrade) return Unknown{"upgrade is not offered"};
  return Call{.interface = name.substr(0, dot),
              .method = name.substr(dot + 1),
              .parameters = *parameters,
              .more = *more,
              .oneway = *oneway};
}

Fact<Answer> parse_answer(std::string_view frame) {
  const Fact<Json> json = object_of(frame);
  if (!json) return Unknown{json.why()};
  const auto parameters = parameters_of(*json);
  const auto continues = flag(*json, "continues");
  if (!parameters) return Unknown{parameters.why()};
  if (!continues) return Unknown{continues.why()};
  Answer answer{.error = "", .parameters = *parameters, .continues = *continues};
  const auto error = json->find("error");
  if (error == json->end() || error->is_null()) return answer;
  if (!error->is_string()) return Unknown{"error is not a text"};
  answer.error = error->get<std::string>();
  return answer;
}

std::string call(std::string_view method, std::string_view parameters, bool more) {
  std::string text{"{\"method\":\""};
  text.append(method).append("\",\"parameters\":").append(parameters);
  return framed(std::move(text.append(more ? ",\"more\":true}" : "}")));
}

std::string reply(std::string_view parameters, bool continues) {
  std::string text{"{\"parameters\":"};
  text.append(parameters);
  return framed(std::move(text.append(continues ? ",\"continues\":true}" : "}")));
}

std::string error(std::string_view name, std::string_view parameters) {
  std::string text{"{\"error\":\""};
  text.append(name).append("\",\"parameters\":").append(parameters);
  return framed(std::move(text.append("}")));
}

} // namespace sshguardd::engine::varlink
