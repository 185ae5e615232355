#include "parse/key_blob.hpp"

#include "parse/ascii.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>

namespace sshguardd::parse {
namespace {

using Form = KeyType::Form;
using Fault = KeyBlob::Fault;

// sshkey.c: keyimpls[]. XMSS is never built in by distributions; DSA is known up to 9.9.
constexpr KeyType types[] = {
    {"ssh-ed25519", Form::ed25519},
    {"ssh-ed25519-cert-v01@openssh.com", Form::ed25519, 0, true},
    {"sk-ssh-ed25519@openssh.com", Form::ed25519_sk},
    {"sk-ssh-ed25519-cert-v01@openssh.com", Form::ed25519_sk, 0, true},
    {"ssh-rsa", Form::rsa},
    {"ssh-rsa-cert-v01@openssh.com", Form::rsa, 0, true},
    {"rsa-sha2-256", Form::rsa},
    {"rsa-sha2-256-cert-v01@openssh.com", Form::rsa, 0, true},
    {"rsa-sha2-512", Form::rsa},
    {"rsa-sha2-512-cert-v01@openssh.com", Form::rsa, 0, true},
    {"ssh-dss", Form::dsa},
    {"ssh-dss-cert-v01@openssh.com", Form::dsa, 0, true},
    {"ecdsa-sha2-nistp256", Form::ecdsa, 256},
    {"ecdsa-sha2-nistp256-cert-v01@openssh.com", Form::ecdsa, 256, true},
    {"ecdsa-sha2-nistp384", Form::ecdsa, 384},
    {"ecdsa-sha2-nistp384-cert-v01@openssh.com", Form::ecdsa, 384, true},
    {"ecdsa-sha2-nistp521", Form::ecdsa, 521},
    {"ecdsa-sha2-nistp521-cert-v01@openssh.com", Form::ecdsa, 521, true},
    {"sk-ecdsa-sha2-nistp256@openssh.com", Form::ecdsa_sk, 256},
    {"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", Form::ecdsa_sk, 256, true},
    {"webauthn-sk-ecdsa-sha2-nistp256@openssh.com", Form::ecdsa_sk, 256},
};
constexpr std::size_t longest_type = 64;
constexpr std::uint32_t most_bignum = 16384 / 8; // sshbuf.h: SSHBUF_MAX_BIGNUM
constexpr unsigned least_rsa_bits = 1024;

// isspace(3) in the C locale, without what separates the words of a line.
bool passed_over(char c) {
  return c == '\r' || c == '\n' || c == '\v' || c == '\f' || c == ' ' || c == '\t';
}

constexpr std::uint8_t none = 64;
constexpr std::array<std::uint8_t, 256> values = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(none);
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < letters.size(); ++i)
    table[static_cast<unsigned char>(letters[i])] = static_cast<std::uint8_t>(i);
  return table;
}();

// b64_pton(3), byte by byte.
class Base64 {
public:
  enum class End { clean, cut, wrong };

  explicit Base64(std::string_view text) : text_{text} {}

  // Nothing at the end of what can be decoded.
  std::optional<std::uint8_t> next() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const std::uint8_t value = values[static_cast<unsigned char>(c)];
      if (value == none) {
        if (!passed_over(c)) break;
        ++at_;
        continue;
      }
      ++at_;
      pending_ = (pending_ << 6U) | value;
      bits_ += 6;
      if (bits_ < 8) continue;
      bits_ -= 8;
      const auto byte = static_cast<std::uint8_t>(pending_ >> bits_);
      pending_ &= (1U << bits_) - 1U;
      return byte;
    }
    return std::nullopt;
  }

  // A letter that makes no byte.
  [[nodiscard]] bool stray() const { return bits_ == 6; }

  // After next() gave nothing: how the text ended.
  End end() {
    // Of a group of four letters, two leave four bits over, three leave two.
    const std::size_t missing = stray() ? 3 : bits_ / 2;
    std::size_t padding = 0;
    for (; at_ < text_.size(); ++at_) {
      if (passed_over(text_[at_])) continue;
      if (text_[at_] != '=') return End::wrong;
      ++padding;
    }
    if (padding > missing || stray()) return padding == 0 ? End::cut : End::wrong;
    if (padding < missing) return End::cut;
    return pending_ == 0 ? End::clean : End::wrong;
  }

private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t pending_ = 0;
  unsigned bits_ = 0; // of pending_ that count
};

// The fields of a key, one after the other; the first fault stays.
class Fields {
public:
  explicit Fields(std::string_view base64) : bytes_{base64} {}

  const KeyType* type() {
    const auto size = length();
    if (!size) return nullptr;
    if (*size > longest_type) return fail(Fault::unknown_type), nullptr;
    char name[longest_type];
    for (std::uint32_t i = 0; i < *size; ++i) {
      const auto byte = take();
      if (!byte) return nullptr;
      name[i] = static_cast<char>(*byte);
    }
    const KeyType* found = key_type({name, *size});
    if (found == nullptr) fail(Fault::unknown_type);
    return found;
  }

  void text_of(std::uint32_t size) {
    const auto said = length();
    if (!said) return;
    if (*said != size) return fail(Fault::wrong);
    skip(size);
  }

  void text() {
    if (const auto size = length()) skip(*size);
  }

  // "nistp256".
  void curve(unsigned bits) {
    const std::string name = "nistp" + std::to_string(bits);
    const auto size = length();
    if (!size) return;
    if (*size != name.size()) return fail(Fault::wrong);
    for (const char letter : name) {
      const auto byte = take();
      if (!byte) return;
      if (static_cast<char>(*byte) != letter) return fail(Fault::wrong);
    }
  }

  // sshbuf-getput-crypto.c: get_ec(): uncompressed points alone.
  void point(unsigned bits) {
    constexpr std::uint8_t uncompressed = 4;
    const auto size = length();
    if (!size) return;
    if (*size != 1 + 2 * ((bits + 7) / 8)) return fail(Fault::wrong);
    const auto byte = take();
    if (!byte) return;
    if (*byte != uncompressed) return fail(Fault::wrong);
    skip(*size - 1);
  }

  // sshbuf-getput-basic.c: sshbuf_get_bignum2_bytes_direct(). Its size in bits.
  unsigned number() {
    const auto size = length();
    if (!size) return 0;
    if (*size > most_bignum + 1) return fail(Fault::wrong), 0;
    unsigned bits = 0;
    for (std::uint32_t i = 0; i < *size; ++i) {
      const auto byte = take();
      if (!byte) return 0;
      if (i == 0 && (*byte & 0x80U) != 0) return fail(Fault::wrong), 0; // negative
      if (bits != 0)
        bits += 8;
      else
        for (unsigned rest = *byte; rest != 0; rest >>= 1U)
          ++bits;
    }
    return bits;
  }

  void fail(Fault fault) {
    if (fault_ == Fault::none) fault_ = fault;
  }

  // How the rest of the data is: wrong base64 counts before all that was found in it.
  Fault finish(bool complete) {
    bool more = false;
    while (bytes_.next())
      more = true;
    const Base64::End end = bytes_.end();
    if (end == Base64::End::wrong) return Fault::not_base64;
    if (fault_ == Fault::none && more && complete) fault_ = Fault::surplus;
    if (end == Base64::End::cut && fault_ == Fault::none)
      return bytes_.stray() ? Fault::surplus : Fault::unpadded;
    return fault_;
  }

  [[nodiscard]] bool failed() const { return fault_ != Fault::none; }

private:
  std::optional<std::uint8_t> take() {
    if (failed()) return std::nullopt;
    auto byte = bytes_.next();
    if (!byte) fail(Fault::cut);
    return byte;
  }

  std::optional<std::uint32_t> length() {
    std::uint32_t size = 0;
    for (int i = 0; i < 4; ++i) {
      const auto byte = take();
      if (!byte) return std::nullopt;
      size = (size << 8U) | *byte;
    }
    return size;
  }

  void skip(std::uint32_t size) {
    while (size-- > 0 && take()) {
    }
  }

  Base64 bytes_;
  Fault fault_ = Fault::none;
};

} // namespace

const KeyType* key_type(std::string_view name) {
  const auto* found = std::ranges::find(types, name, &KeyType::name);
  return found == std::end(types) ? nullptr : found;
}

const KeyType* key_type_in_any_case(std::string_view name) {
  const auto* found =
      std::ranges::find_if(types, [name](const KeyType& type) { return is_word(name, type.name); });
  return found == std::end(types) ? nullptr : found;
}

KeyBlob key_blob(std::string_view base64) {
  KeyBlob blob;
  Fields fields{base64};
  blob.type = fields.type();
  const bool complete = blob.type != nullptr && !blob.type->certificate;
  if (complete) {
    constexpr std::uint32_t ed25519_size = 32;
    switch (blob.type->form) {
    case Form::ed25519:
      fields.text_of(ed25519_size);
      break;
    case Form::ed25519_sk:
      fields.text_of(ed25519_size);
      fields.text(); // application
      break;
    case Form::rsa:
      fields.number();
      blob.bits = fields.number();
      if (!fields.failed() && blob.bits < least_rsa_bits) fields.fail(Fault::short_rsa);
      break;
    case Form::dsa:
      for (int i = 0; i < 4; ++i)
        fields.number();
      break;
    case Form::ecdsa:
    case Form::ecdsa_sk:
      fields.curve(blob.type->curve);
      fields.point(blob.type->curve);
      if (blob.type->form == Form::ecdsa_sk) fields.text();
      break;
    }
  }
  blob.fault = fields.finish(complete);
  return blob;
}

std::string key_data(std::string_view base64) {
  std::string data;
  data.reserve(base64.size() / 4 * 3);
  Base64 bytes{base64};
  while (const auto byte = bytes.next())
    data += static_cast<char>(*byte);
  return data;
}

std::string_view short_name(const KeyType& type) {
  switch (type.form) {
  case Form::ed25519:
    return "ED25519";
  case Form::ed25519_sk:
    return "ED25519-SK";
  case Form::rsa:
    return "RSA";
  case Form::dsa:
    return "DSA";
  case Form::ecdsa:
    return "ECDSA";
  case Form::ecdsa_sk:
    break;
  }
  return "ECDSA-SK";
}

bool is_base64(std::string_view word) {
  for (int padding = 0; padding < 2 && word.ends_with('='); ++padding)
    word.remove_suffix(1);
  return !word.empty() && std::ranges::all_of(word, [](char c) {
    return values[static_cast<unsigned char>(c)] != none;
  });
}

} // namespace sshguardd::parse
