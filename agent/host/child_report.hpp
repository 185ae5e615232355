// What a child of the agent's own brings back, as bytes on a pipe: names and paths are bytes, of
// any kind. A Schema lists the fields of its types once, for both ways:
//   template <class Codec, class One> static void fields(Codec& codec, One& one);
// where `codec(one.name)` is said of each, in order.
#pragma once

#include "sshguardd/fact.hpp"

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sshguardd::host {

// Every value as "LENGTH:bytes", in the order of the fields; a list as its size, then its members.
template <class Schema> class ReportWriter {
public:
  void operator()(const std::string& text) { out += std::to_string(text.size()) + ":" + text; }
  template <std::integral T> void operator()(const T& number) { (*this)(std::to_string(number)); }
  // One of an enumeration, of which that is the last.
  template <class T> void choice(const T& one, T /*last*/) { (*this)(static_cast<int>(one)); }
  template <class Clock, class Step>
  void operator()(const std::chrono::time_point<Clock, Step>& time) {
    (*this)(time.time_since_epoch().count());
  }
  template <class T> void operator()(const std::vector<T>& list) {
    (*this)(list.size());
    for (const T& one : list)
      (*this)(one);
  }
  template <class T> void operator()(const std::optional<T>& one) {
    (*this)(one.has_value());
    if (one) (*this)(*one);
  }
  template <class T> void operator()(const Fact<T>& one) {
    (*this)(one.known());
    if (one)
      (*this)(*one);
    else
      (*this)(one.why());
  }
  template <class T> void operator()(const T& one) { Schema::fields(*this, one); }

  std::string out;
};

template <class Schema> class ReportReader {
public:
  explicit ReportReader(std::string_view text) : text_{text} {}

  void operator()(std::string& into) {
    std::size_t size = 0;
    const auto [rest, error] = std::from_chars(text_.data(), text_.data() + text_.size(), size);
    const auto digits = static_cast<std::size_t>(rest - text_.data());
    if (error != std::errc{} || digits >= text_.size() || *rest != ':' ||
        size > text_.size() - digits - 1)
      return fail();
    into = text_.substr(digits + 1, size);
    text_.remove_prefix(digits + 1 + size);
  }
  template <std::integral T> void operator()(T& number) {
    std::string word;
    (*this)(word);
    T value = 0;
    const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || rest != word.data() + word.size()) return fail();
    number = value;
  }
  void operator()(bool& flag) {
    int value = 0;
    (*this)(value);
    flag = value != 0;
  }
  template <class T> void choice(T& one, T last) {
    int value = 0;
    (*this)(value);
    if (value < 0 || value > static_cast<int>(last)) return fail();
    one = static_cast<T>(value);
  }
  template <class Clock, class Step> void operator()(std::chrono::time_point<Clock, Step>& time) {
    typename Step::rep count = 0;
    (*this)(count);
    time = std::chrono::time_point<Clock, Step>{Step{count}};
  }
  template <class T> void operator()(std::vector<T>& list) {
    std::size_t size = 0;
    (*this)(size);
    // Each member takes two bytes at least.
    if (size > text_.size() / 2) return fail();
    for (; size > 0 && good_; --size)
      (*this)(list.emplace_back());
  }
  template <class T> void operator()(std::optional<T>& one) {
    bool there = false;
    (*this)(there);
    one.reset();
    if (there) (*this)(one.emplace());
  }
  template <class T> void operator()(Fact<T>& one) {
    bool known = false;
    (*this)(known);
    if (known) {
      T value{};
      (*this)(value);
      one = std::move(value);
    } else {
      std::string why;
      (*this)(why);
      one = Unknown{std::move(why)};
    }
  }
  template <class T> void operator()(T& one) { Schema::fields(*this, one); }

  [[nodiscard]] bool ended_well() const { return good_ && text_.empty(); }

private:
  void fail() {
    good_ = false;
    text_ = {};
  }

  std::string_view text_;
  bool good_ = true;
};

// first: which report that is, of which version.
template <class Schema, class Report>
[[nodiscard]] std::string encode_report(std::string_view first, const Report& report) {
  ReportWriter<Schema> writer;
  writer(std::string{first});
  writer(report);
  return std::move(writer.out);
}

// nullopt where it is cut or no such text.
template <class Schema, class Report>
[[nodiscard]] std::optional<Report> decode_report(std::string_view first, std::string_view text) {
  ReportReader<Schema> reader{text};
  Report report;
  std::string word;
  reader(word);
  reader(report);
  if (word != first || !reader.ended_well()) return std::nullopt;
  return report;
}

} // namespace sshguardd::host
