#include "parse/config_set.hpp"

#include "parse/fnv.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <tuple>

namespace sshguardd::parse {
namespace {

constexpr std::string_view head = "sshguardd-config-set 2\n";
constexpr std::string_view tail = "end\n";
constexpr std::array<std::string_view, 3> kinds = {"file", "link", "absent"};
constexpr std::size_t max_path = 4096;
constexpr std::size_t max_label = 4096;

// All of it: a wrong mode or owner locks people out as a wrong word does.
std::uint64_t checksum(const ConfigFile& file) {
  char header[64] = {};
  std::snprintf(header, sizeof header, "%d %o %u %u ", static_cast<int>(file.kind), file.mode,
                file.uid, file.gid);
  std::uint64_t hash = fnv1a("");
  for (const std::string_view text : {std::string_view{header}, std::string_view{file.path},
                                      std::string_view{file.label}, std::string_view{file.text}})
    hash = fnv1a_part(text, hash);
  return hash;
}

class Reader {
public:
  explicit Reader(std::string_view text) : text_{text} {}

  bool skip(std::string_view expected) {
    if (!text_.starts_with(expected)) return false;
    text_.remove_prefix(expected.size());
    return true;
  }

  // A number that ends with `end`.
  template <class T> bool number(T& value, char end, int base = 10) {
    const char* last = text_.data() + text_.size();
    const auto [rest, error] = std::from_chars(text_.data(), last, value, base);
    if (error != std::errc{} || rest == last || *rest != end) return false;
    text_.remove_prefix(static_cast<std::size_t>(rest - text_.data()) + 1);
    return true;
  }

  bool bytes(std::string& into, std::size_t size) {
    if (size > text_.size()) return false;
    into = text_.substr(0, size);
    text_.remove_prefix(size);
    return true;
  }

  [[nodiscard]] bool empty() const { return text_.empty(); }

private:
  std::string_view text_;
};

bool read_kind(Reader& reader, ConfigFile& file) {
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (!reader.skip(kinds[i])) continue;
    file.kind = static_cast<ConfigFile::Kind>(i);
    return reader.skip(" ");
  }
  return false;
}

std::optional<ConfigFile> read_one(Reader& reader) {
  ConfigFile file;
  std::uint64_t sum = 0;
  std::size_t path = 0;
  std::size_t label = 0;
  std::size_t size = 0;
  const bool whole =
      read_kind(reader, file) && reader.number(file.mode, ' ', 8) && reader.number(file.uid, ' ') &&
      reader.number(file.gid, ' ') && reader.number(path, ' ') && reader.number(label, ' ') &&
      reader.number(size, ' ') && reader.number(sum, '\n', 16) && path <= max_path &&
      label <= max_label && size <= ConfigSet::max_text && reader.bytes(file.path, path) &&
      reader.bytes(file.label, label) && reader.bytes(file.text, size) && reader.skip("\n");
  if (!whole || file.mode > 07777U || !is_plain_path(file.path) || sum != checksum(file))
    return std::nullopt;
  if (file.kind == ConfigFile::Kind::link && file.text.find('\0') != std::string::npos)
    return std::nullopt;
  return file;
}

} // namespace

bool same_but_label(const ConfigFile& a, const ConfigFile& b) {
  const auto rest = [](const ConfigFile& file) {
    return std::tie(file.path, file.kind, file.mode, file.uid, file.gid, file.text);
  };
  return rest(a) == rest(b);
}

const ConfigFile* ConfigSet::find(std::string_view path) const {
  const auto found = std::ranges::find(files, path, &ConfigFile::path);
  return found == files.end() ? nullptr : &*found;
}

bool is_plain_path(std::string_view path) {
  if (path.size() < 2 || path.size() > max_path || path[0] != '/' || path.back() == '/' ||
      path.find('\0') != std::string_view::npos)
    return false;
  for (std::size_t start = 1; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view component = path.substr(start, end - start);
    if (component.empty() || component == "." || component == "..") return false;
    start = end + 1;
  }
  return true;
}

std::string to_text(const ConfigSet& set) {
  std::string text{head};
  text += "saved " + std::to_string(set.saved_us) + "\n";
  for (const ConfigFile& file : set.files) {
    char line[160] = {};
    std::snprintf(line, sizeof line, "%s %o %u %u %zu %zu %zu %llx\n",
                  kinds.at(static_cast<std::size_t>(file.kind)).data(), file.mode, file.uid,
                  file.gid, file.path.size(), file.label.size(), file.text.size(),
                  static_cast<unsigned long long>(checksum(file)));
    text += line;
    text += file.path;
    text += file.label;
    text += file.text;
    text += "\n";
  }
  text += tail;
  return text;
}

std::optional<ConfigSet> config_set(std::string_view text) {
  Reader reader{text};
  ConfigSet set;
  if (!reader.skip(head) || !reader.skip("saved ") || !reader.number(set.saved_us, '\n'))
    return std::nullopt;
  std::size_t total = 0;
  while (!reader.skip(tail)) {
    auto file = read_one(reader);
    if (!file || set.files.size() == ConfigSet::max_files || set.find(file->path) != nullptr)
      return std::nullopt;
    total += file->text.size();
    set.files.push_back(*std::move(file));
  }
  if (!reader.empty() || total > ConfigSet::max_total) return std::nullopt;
  return set;
}

} // namespace sshguardd::parse
