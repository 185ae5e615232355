#include "host/account_report.hpp"

#include <charconv>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace sshguardd::host {
namespace {

constexpr std::string_view first_word = "accounts4";

template <class Codec, class One> void fields(Codec& codec, One& one);

// Every value as "LENGTH:bytes", in the order of the fields; a list as its size, then its members.
class Writer {
public:
  void operator()(const std::string& text) { out += std::to_string(text.size()) + ":" + text; }
  template <std::integral T> void operator()(const T& number) { (*this)(std::to_string(number)); }
  void operator()(const KeyFile::State& state) { (*this)(static_cast<int>(state)); }
  template <class T> void operator()(const std::vector<T>& list) {
    (*this)(list.size());
    for (const T& one : list)
      fields(*this, one);
  }

  std::string out;
};

class Reader {
public:
  explicit Reader(std::string_view text) : text_{text} {}

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
    long long value = 0;
    const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || rest != word.data() + word.size() || !std::in_range<T>(value))
      return fail();
    number = static_cast<T>(value);
  }
  void operator()(bool& flag) {
    int value = 0;
    (*this)(value);
    flag = value != 0;
  }
  void operator()(KeyFile::State& state) {
    int value = 0;
    (*this)(value);
    if (value < 0 || value > static_cast<int>(KeyFile::State::unknown)) return fail();
    state = static_cast<KeyFile::State>(value);
  }
  template <class T> void operator()(std::vector<T>& list) {
    std::size_t size = 0;
    (*this)(size);
    // Each member takes two bytes at least.
    if (size > text_.size() / 2) return fail();
    for (; size > 0 && good_; --size)
      fields(*this, list.emplace_back());
  }

  [[nodiscard]] bool ended_well() const { return good_ && text_.empty(); }

private:
  void fail() {
    good_ = false;
    text_ = {};
  }

  std::string_view text_;
  bool good_ = true;
};

// One list of the fields for both ways.
template <class Codec, class One> void fields(Codec& codec, One& one) {
  using T = std::remove_cv_t<One>;
  if constexpr (std::same_as<T, std::string>) {
    codec(one);
  } else if constexpr (std::same_as<T, BadKeyLine>) {
    codec(one.line);
    codec(one.why);
  } else if constexpr (std::same_as<T, HomeWatch>) {
    codec(one.descriptor);
    codec(one.name);
  } else if constexpr (std::same_as<T, KeyFile>) {
    codec(one.path);
    codec(one.state);
    codec(one.object);
    codec(one.why);
    codec(one.wrong_owner);
    codec(one.too_open);
    codec(one.mendable);
    codec(one.unmendable);
    codec(one.odd);
    codec(one.keys);
    codec(one.bad_lines);
    codec(one.rejected);
    codec(one.rejects);
    codec(one.bad);
    codec(one.owner);
    codec(one.changed);
  } else if constexpr (std::same_as<T, KeySource>) {
    codec(one.setting);
    codec(one.path);
    codec(one.why);
    codec(one.refuses_all);
  } else if constexpr (std::same_as<T, WrongLabel>) {
    codec(one.account);
    codec(one.path);
    codec(one.type);
    codec(one.wanted);
  } else if constexpr (std::same_as<T, SessionObstacle>) {
    codec(one.account);
    codec(one.got_in);
    codec(one.place);
    codec(one.why);
    codec(one.mend);
  } else if constexpr (std::same_as<T, Account>) {
    codec(one.name);
    codec(one.uid);
    codec(one.gid);
    codec(one.home);
    codec(one.files);
    codec(one.got_in);
    codec(one.excluded_by);
    codec(one.excluded);
    codec(one.locked);
    codec(one.closed);
    codec(one.soon);
    codec(one.soon_day);
    codec(one.mend);
    codec(one.keys_end);
    codec(one.keys_end_at);
  } else if constexpr (std::same_as<T, AccountKeys>) {
    codec(one.name);
    codec(one.uid);
    codec(one.home);
    codec(one.got_in);
    codec(one.by_key);
    codec(one.way);
    codec(one.elsewhere);
    codec(one.provisioned);
    codec(one.all_seen);
    codec(one.bad_lines);
    codec(one.paths);
    codec(one.files);
    codec(one.keys);
  } else if constexpr (std::same_as<T, AccountKeys::File>) {
    codec(one.path);
    codec(one.owner);
    codec(one.changed);
  } else if constexpr (std::same_as<T, AccountKeys::Key>) {
    codec(one.name.type);
    codec(one.name.hash);
    codec(one.rejected);
  } else if constexpr (std::same_as<T, Login>) {
    codec(one.uid);
    codec(one.time);
    codec(one.from);
  } else {
    static_assert(std::same_as<T, AccountReport>);
    codec(one.accounts.accounts);
    codec(one.accounts.people);
    codec(one.accounts.keyed);
    codec(one.accounts.open);
    codec(one.accounts.wrong_sources);
    codec(one.accounts.obstacles);
    codec(one.accounts.wrong_labels);
    codec(one.accounts.incomplete);
    codec(one.accounts.ways_known);
    codec(one.accounts.ways);
    codec(one.accounts.root_way);
    codec(one.accounts.elsewhere);
    codec(one.accounts.nologin);
    codec(one.accounts.nologin_says);
    codec(one.accounts.shutdown_scheduled);
    codec(one.accounts.seen);
    codec(one.accounts.keys); // losses are the agent's own
    codec(one.watches);
  }
}

} // namespace

std::string encode(const AccountReport& report) {
  Writer writer;
  writer(std::string{first_word});
  fields(writer, report);
  return std::move(writer.out);
}

std::optional<AccountReport> decode_account_report(std::string_view text) {
  Reader reader{text};
  AccountReport report;
  std::string word;
  reader(word);
  fields(reader, report);
  if (word != first_word || !reader.ended_well()) return std::nullopt;
  return report;
}

} // namespace sshguardd::host
