#include "engine/nft_objects.hpp"

#include <algorithm>

namespace sshguardd::engine {
namespace {

constexpr std::string_view opening = "{\"nftables\":[";

bool blank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// Where the value of the object's own key begins: behind its colon.
std::size_t value_of(std::string_view object, std::string_view name) {
  const std::string key = '"' + std::string{name} + '"';
  NftWalk walk;
  for (std::size_t at = 0; at < object.size(); ++at) {
    // {"set": {"elem": ...: the second level.
    if (walk.depth == 2 && !walk.quoted && object.substr(at).starts_with(key)) {
      std::size_t end = at + key.size();
      while (end < object.size() && blank(object[end]))
        ++end;
      if (end < object.size() && object[end] == ':') return end + 1;
    }
    walk.step(object[at]);
  }
  return std::string_view::npos;
}

} // namespace

bool NftObjects::feed(std::string_view part) {
  for (const char c : part) {
    if (state_ == State::failed) return false;
    if (!take(c)) {
      state_ = State::failed;
      text_ = {};
    }
  }
  return state_ != State::failed;
}

bool NftObjects::take(char c) {
  if (state_ == State::object) {
    inside(c);
    return true;
  }
  if (state_ == State::head) return head(c);
  if (blank(c)) return true;
  switch (state_) {
  case State::between:
    if (c == '{' && (first_ || comma_)) {
      state_ = State::object;
      text_.clear();
      walk_ = {};
      spoilt_ = false;
      first_ = comma_ = false;
      inside(c);
      return true;
    }
    if (c == ',' && !first_ && !comma_) return comma_ = true;
    if (c != ']' || comma_) return false;
    state_ = State::closing;
    return true;
  case State::closing:
    if (c != '}') return false;
    state_ = State::after;
    return true;
  default:
    return false; // something behind the end
  }
}

// Blanks do not count: none of the opening's words holds one.
bool NftObjects::head(char c) {
  if (blank(c)) return true;
  text_ += c;
  if (!opening.starts_with(text_)) return false;
  if (text_ == opening) state_ = State::between;
  return true;
}

void NftObjects::inside(char c) {
  keep(c);
  walk_.step(c);
  if (walk_.depth > deepest) spoilt_ = true;
  if (walk_.depth > 0) return;
  state_ = State::between;
  each_(spoilt_ ? std::string_view{} : std::string_view{text_});
  if (text_.capacity() > (std::size_t{1} << 16U)) text_ = {};
}

void NftObjects::keep(char c) {
  if (text_.size() >= longest) spoilt_ = true;
  if (spoilt_) return text_.clear();
  text_ += c;
}

NftArray cut_array(std::string_view object, std::string_view name) {
  NftArray cut;
  std::size_t begin = value_of(object, name);
  while (begin < object.size() && blank(object[begin]))
    ++begin;
  NftWalk walk;
  if (begin < object.size() && object[begin] == '[') {
    for (std::size_t at = begin; at < object.size(); ++at) {
      walk.step(object[at]);
      if (walk.depth > 0) continue;
      cut.inside = object.substr(begin + 1, at - begin - 1);
      cut.rest = std::string{object.substr(0, begin + 1)} + std::string{object.substr(at)};
      return cut;
    }
  }
  cut.rest = object;
  return cut;
}

std::string_view next_part(std::string_view& inside) {
  NftWalk walk;
  std::size_t end = 0;
  for (; end < inside.size(); ++end) {
    if (inside[end] == ',' && walk.depth == 0 && !walk.quoted) break;
    walk.step(inside[end]);
  }
  const std::string_view part = inside.substr(0, end);
  inside.remove_prefix(std::min(end + 1, inside.size()));
  return part;
}

} // namespace sshguardd::engine
