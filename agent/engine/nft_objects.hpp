// The objects of {"nftables": [ {...}, ... ]}, one by one, however the text comes in: a listing of
// ten thousand rules is 3.5 MB, of which one rule at a time is held.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace sshguardd::engine {

// Walks over JSON's text, knowing only strings and brackets.
struct NftWalk {
  int depth = 0;
  bool quoted = false;
  bool escaped = false;

  void step(char c) {
    if (quoted) {
      if (escaped)
        escaped = false;
      else if (c == '\\')
        escaped = true;
      else if (c == '"')
        quoted = false;
      return;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
  }
};

class NftObjects {
public:
  static constexpr std::size_t longest = std::size_t{16} << 20U; // of one object
  static constexpr int deepest = 64;

  // Called with each object's text; with an empty one for an object that is too long or too deep.
  using Each = std::function<void(std::string_view)>;
  explicit NftObjects(Each each) : each_{std::move(each)} {}

  // False: this is no such listing. Nothing more is taken then.
  [[nodiscard]] bool feed(std::string_view part);
  // The listing has come to its end.
  [[nodiscard]] bool done() const { return state_ == State::after; }

private:
  enum class State { head, between, object, closing, after, failed };

  bool take(char c);
  bool head(char c);
  void inside(char c);
  void keep(char c);

  Each each_;
  State state_ = State::head;
  std::string text_;
  NftWalk walk_;
  bool spoilt_ = false;
  bool comma_ = false; // an object has to come
  bool first_ = true;
};

// The text of the array behind the key `name` of a big object, without its brackets, and the object
// with an empty array in its place. Its parts: next_part().
struct NftArray {
  std::string rest;
  std::string_view inside;
};
[[nodiscard]] NftArray cut_array(std::string_view object, std::string_view name);
// Takes one value and its comma off the front; empty at the end.
[[nodiscard]] std::string_view next_part(std::string_view& inside);

} // namespace sshguardd::engine
