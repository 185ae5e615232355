#include "parse/authorized_keys.hpp"

#include "parse/key_blob.hpp"
#include "parse/key_options.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace sshguardd::parse {
namespace {

using Fault = KeyBlob::Fault;
using Kind = KeyLine::Kind;

constexpr std::string_view bom = "\xef\xbb\xbf";
constexpr std::string_view no_break_space = "\xc2\xa0";
constexpr std::string_view data_start = "AAAA"; // the length of a type, below 256, in base64

std::string_view skip_blanks(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

// Up to a blank, as sshd splits; the line's end is white space that base64 passes over.
std::string_view word_of(std::string_view text) {
  return text.substr(0, text.find_first_of(" \t"));
}

// ... and without the line's end, for what is to be compared.
std::string_view bare(std::string_view word) {
  return word.substr(0, word.find_last_not_of("\r\v\f") + 1);
}

// sshkey_read(): a type, blanks, data. A type alone is `cut`.
struct Key {
  const KeyType* type = nullptr;
  std::string_view name;
  std::string_view base64;
  std::string_view comment;
  KeyBlob blob;

  [[nodiscard]] bool usable() const {
    return type != nullptr && blob.fault == Fault::none && blob.type->same_keys(*type) &&
           !type->certificate;
  }
};

Key read_key(std::string_view text) {
  Key key;
  key.name = word_of(text);
  key.type = key_type(bare(key.name));
  if (key.type == nullptr) return key;
  const std::string_view rest = skip_blanks(text.substr(key.name.size()));
  key.base64 = word_of(rest);
  key.comment = skip_blanks(rest.substr(key.base64.size()));
  key.blob = key_blob(key.base64);
  return key;
}

// A type and data that are glued to the end of another word: "alice@hostssh-rsa AAAA".
bool ends_with_type(std::string_view word) {
  for (const std::string_view start : {"ssh-", "ecdsa-", "sk-", "rsa-"}) {
    const std::size_t at = word.rfind(start);
    if (at != std::string_view::npos && key_type(word.substr(at)) != nullptr) return true;
  }
  return false;
}

// Whether the comment of a key has another key in it, unless as a comment of its own.
bool has_key(std::string_view comment) {
  comment = comment.substr(0, comment.find('#'));
  constexpr std::size_t longest_type = 64;
  std::size_t at = comment.find(data_start);
  for (int looks = 64; at != std::string_view::npos && looks > 0; --looks) {
    std::size_t end = at;
    while (end > 0 && at - end < longest_type &&
           (comment[end - 1] == ' ' || comment[end - 1] == '\t'))
      --end;
    const std::size_t start = end > longest_type ? end - longest_type : 0;
    if (end != at && ends_with_type(comment.substr(start, end - start))) return true;
    at = comment.find(data_start, at + data_start.size());
  }
  return false;
}

// Why the data behind a known type makes no key.
std::string fault_of(const Key& key) {
  const std::string named{key.type->name};
  if (bare(key.base64).empty()) return "key type without its data";
  if (key.blob.type != nullptr && !key.blob.type->same_keys(*key.type))
    return "key type is " + named + ", its data is " + std::string{key.blob.type->name};
  if (key.type->certificate)
    return "a certificate: sshd wants the key itself here, or its CA's with cert-authority";
  switch (key.blob.fault) {
  case Fault::not_base64:
    if (ends_with_type(key.base64) && skip_blanks(key.comment).starts_with(data_start))
      return "two keys joined on one line";
    return "key data with characters that are not base64";
  case Fault::unpadded:
    return "key data without the = at its end";
  case Fault::cut:
    return "key data is cut off";
  case Fault::surplus:
    return "key data goes on behind its end";
  case Fault::unknown_type:
    return "key data is that of no key";
  case Fault::short_rsa:
    return "RSA key of " + std::to_string(key.blob.bits) + " bits: sshd takes none under 1024";
  default:
    return "key data is damaged";
  }
}

bool digits(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
}

// The first line of what another program writes.
std::string foreign_format(std::string_view text) {
  struct Start {
    std::string_view start;
    const char* why;
  };
  constexpr Start starts[] = {
      {"PuTTY-User-Key-File-", "a PuTTY file (.ppk), not a line of authorized_keys"},
      {"---- BEGIN SSH2 PUBLIC KEY",
       "an RFC 4716 file (SSH2 PUBLIC KEY): ssh-keygen -i -f converts"},
      {"-----BEGIN ", "a PEM file, not a line of authorized_keys"},
  };
  if (text.starts_with("-----BEGIN ") && text.find("PRIVATE KEY") != std::string_view::npos)
    return "a private key: only its public half belongs here, and it is no secret any more";
  for (const Start& start : starts) {
    if (text.starts_with(start.start)) return start.why;
  }
  return {};
}

// A key further on in the line, where sshd does not look for it.
bool key_further_on(std::string_view text) {
  for (int words = 0; words < 16 && !text.empty(); ++words) {
    text = skip_blanks(text.substr(word_of(text).size()));
    if (read_key(text).usable()) return true;
  }
  return false;
}

// Why neither the beginning of the line nor what stands behind its options is a key.
void explain(KeyLine& line, std::string_view text, std::string_view behind) {
  const Key first = read_key(text);
  const Key second = read_key(behind);
  const Key& key = first.type != nullptr ? first : second;
  if (key.type != nullptr) {
    line.type = bare(key.name);
    line.base64 = bare(key.base64);
    line.why = fault_of(key);
    line.cut = bare(key.comment).empty() && (line.base64.empty() || key.blob.fault == Fault::cut);
    return;
  }
  const std::string_view word = bare(word_of(text));
  const std::string_view next = bare(word_of(behind));
  const bool data_first = word.starts_with(data_start) && key_blob(word).type != nullptr;
  const bool data_next = next.starts_with(data_start);
  const KeyBlob next_blob = data_next ? key_blob(next) : KeyBlob{};
  if (text.starts_with('\'') && key_type(word.substr(1)) != nullptr)
    line.why = "the whole line is in quotes";
  else if (key_type_in_any_case(word) != nullptr || key_type_in_any_case(next) != nullptr)
    line.why = "key type in upper case";
  else if (data_first)
    line.why = "key data without a key type before it";
  else if (data_next && next_blob.type != nullptr && key_options(word).why.empty())
    line.why = "key data without a key type before it";
  else if (data_next && next_blob.type != nullptr)
    line.why = "unknown key type: its data is " + std::string{next_blob.type->name};
  else if (data_next)
    line.why = "unknown key type";
  else if (key_further_on(text))
    line.why = word.ends_with(',') || key_options(word).why.empty()
                   ? "a blank among the options before the key"
                   : "other text before the key";
  else if (text.find(no_break_space) != std::string_view::npos)
    line.why = "a no-break space instead of a blank";
  else if (digits(word) && digits(next) && word.size() > 2)
    line.why = "a key of SSH protocol 1, which no sshd takes any more";
  else
    line.why = "neither a key nor a comment";
}

// One line as sshd's C string has it: no line end, no NUL.
KeyLine read_line(std::string_view text) {
  KeyLine line;
  const Key plain = read_key(text);
  Key found = plain;
  if (!plain.usable()) {
    if (std::string why = foreign_format(text); !why.empty()) {
      line.kind = Kind::bad;
      line.why = std::move(why);
      return line;
    }
    const auto size = key_options_size(text);
    std::string_view behind;
    if (size) {
      line.options = text.substr(0, *size);
      behind = skip_blanks(text.substr(*size));
      found = read_key(behind);
    }
    if (!found.usable()) {
      line.kind = Kind::bad;
      line.options = {};
      if (text.starts_with('"') && key_type(word_of(text.substr(1))) != nullptr)
        line.why = "the whole line is in quotes";
      else if (!size && plain.type == nullptr)
        line.why = "a quote in the options is not closed";
      else
        explain(line, text, behind);
      return line;
    }
    KeyOptions options = key_options(line.options);
    line.cert_authority = options.cert_authority;
    line.command = options.command;
    line.from = options.from;
    line.has_principals = options.has_principals;
    line.principals = options.principals;
    line.expiry = options.expiry;
    line.why = std::move(options.why);
  }
  line.kind = line.why.empty() ? Kind::key : Kind::bad;
  line.type = bare(found.name);
  line.base64 = bare(found.base64);
  line.comment = bare(found.comment);
  line.bits = found.blob.bits;
  line.another = has_key(found.comment);
  return line;
}

bool nothing(std::string_view text) {
  return text.find_first_not_of(" \t\r\v\f") == std::string_view::npos || text.front() == '#';
}

// Letters with a NUL between each two.
bool is_utf16(std::string_view text) {
  constexpr std::size_t enough = 4;
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) return true;
  if (text.starts_with('\0')) text.remove_prefix(1);
  std::size_t pairs = 0;
  while (pairs < enough && text.size() > 2 * pairs + 1 && text[2 * pairs] != '\0' &&
         text[2 * pairs + 1] == '\0')
    ++pairs;
  return pairs == enough;
}

} // namespace

KeyLine authorized_key(std::string_view line) {
  const std::string_view whole = line.substr(0, line.find('\n'));
  const std::size_t nul = whole.find('\0'); // what is behind it sshd does not see
  std::string_view text = skip_blanks(whole.substr(0, nul));
  const bool marked = text.starts_with(bom);
  if (marked) text = skip_blanks(text.substr(bom.size()));
  KeyLine key;
  if (!nothing(text)) key = read_line(text);
  if (marked && key.kind == Kind::key)
    key = {.kind = Kind::bad, .why = "a byte order mark (BOM) before the key"};
  if (nul == std::string_view::npos || key.kind == Kind::key || text.starts_with('#')) return key;

  const std::size_t more = whole.find_first_not_of('\0', nul);
  if (is_utf16(skip_blanks(whole)))
    return {.kind = Kind::bad, .why = "UTF-16 text: sshd reads ASCII and UTF-8"};
  if (key.kind == Kind::bad) return {.kind = Kind::bad, .why = "a NUL byte in the line"};
  if (more == std::string_view::npos)
    return {.kind = Kind::bad, .why = "NUL bytes alone: the text was lost"};
  if (!nothing(skip_blanks(whole.substr(more))))
    return {.kind = Kind::bad, .why = "a NUL byte at its beginning"};
  return key;
}

} // namespace sshguardd::parse
