#include "parse/certificate.hpp"

#include "parse/authorized_keys.hpp"
#include "parse/base64.hpp"
#include "parse/key_blob.hpp"

#include <cstddef>

namespace sshguardd::parse {
namespace {

constexpr std::size_t most_principals = 256; // sshkey.h: SSHKEY_CERT_MAX_PRINCIPALS
constexpr std::uint32_t user_type = 1;
constexpr std::uint32_t host_type = 2;

// The fields of RFC 4251, 5, one after the other. Behind its end all are empty.
class Fields {
public:
  explicit Fields(std::string_view bytes) : rest_{bytes} {}

  std::uint64_t number(std::size_t size) {
    if (rest_.size() < size) {
      short_ = true;
      rest_ = {};
      return 0;
    }
    std::uint64_t value = 0;
    for (const char c : rest_.substr(0, size))
      value = (value << 8U) | static_cast<unsigned char>(c);
    rest_.remove_prefix(size);
    return value;
  }

  std::string_view text() {
    const std::uint64_t size = number(4);
    if (size > rest_.size()) {
      short_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view found = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return found;
  }

  // sshbuf_get_cstring(): no NUL within.
  std::string word() {
    const std::string_view found = text();
    short_ = short_ || found.find('\0') != std::string_view::npos;
    return std::string{found};
  }

  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool more() const { return !rest_.empty(); }
  [[nodiscard]] bool wrong() const { return short_; }

private:
  std::string_view rest_;
  bool short_ = false;
};

constexpr std::string_view suffix = "-cert-v01@openssh.com";

// "sk-ssh-ed25519-cert-v01@openssh.com" -> "sk-ssh-ed25519@openssh.com".
std::string plain_type(std::string_view type) {
  std::string plain{type.substr(0, type.size() - suffix.size())};
  return type.starts_with("sk-") ? plain + "@openssh.com" : plain;
}

std::string with_length(std::string_view bytes) {
  std::string field;
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    field += static_cast<char>(bytes.size() >> shift);
  return field.append(bytes);
}

// How many fields the public half has.
unsigned fields_of(const KeyType& type) {
  switch (type.form) {
  case KeyType::Form::ed25519:
    return 1;
  case KeyType::Form::dsa:
    return 4;
  case KeyType::Form::ecdsa_sk:
    return 3;
  case KeyType::Form::ed25519_sk:
  case KeyType::Form::rsa:
  case KeyType::Form::ecdsa:
    break;
  }
  return 2;
}

bool is_key(const std::string& line) {
  return authorized_key(line).kind == KeyLine::Kind::key;
}

// auth-options.c:cert_option_list().
bool critical_options(std::string_view bytes, Certificate& certificate) {
  Fields options{bytes};
  while (options.more() && !options.wrong()) {
    const std::string name = options.word();
    Fields data{options.text()};
    if (name == "force-command") {
      if (certificate.force_command) return false;
      certificate.force_command = true;
      (void)data.word();
    } else if (name == "source-address") {
      if (certificate.has_source_address) return false;
      certificate.has_source_address = true;
      certificate.source_address = data.word();
    } else if (name != "verify-required" && certificate.unknown_option.empty()) {
      certificate.unknown_option = name.empty() ? "(without a name)" : name;
      continue;
    }
    if (certificate.unknown_option.empty() && (data.more() || data.wrong())) return false;
  }
  return !options.wrong();
}

} // namespace

Fact<Certificate> certificate(std::string_view type, std::string_view base64) {
  const KeyType* known = key_type(type);
  if (known == nullptr || !known->certificate) return Unknown{"it is no certificate"};
  const auto bytes = base64_decode(base64);
  if (!bytes) return Unknown{"its data is not base64"};
  Fields fields{*bytes};
  const std::string_view own_type = fields.text();
  const KeyType* own = key_type(own_type);
  if (own == nullptr || !own->same_keys(*known)) return Unknown{"its data is of another type"};
  (void)fields.text(); // nonce
  const std::string plain = plain_type(own_type);
  const std::string_view before = fields.rest();
  for (unsigned left = fields_of(*own); left > 0; --left)
    (void)fields.text();
  const std::string_view key = before.substr(0, before.size() - fields.rest().size());
  Certificate found;
  found.type = own_type;
  found.key = plain + " " + base64_encode(with_length(plain) + std::string{key});
  found.serial = fields.number(8);
  const std::uint64_t kind = fields.number(4);
  found.user = kind == user_type;
  found.key_id = fields.word();
  Fields principals{fields.text()};
  while (principals.more() && found.principals.size() <= most_principals)
    found.principals.push_back(principals.word());
  found.valid_after = fields.number(8);
  found.valid_before = fields.number(8);
  const std::string_view options = fields.text();
  (void)fields.text(); // extensions
  (void)fields.text(); // reserved
  const std::string_view ca = fields.text();
  Fields signature{fields.text()};
  found.ca = std::string{Fields{ca}.text()} + " " + base64_encode(ca);
  found.signature_type = signature.word();
  if (fields.wrong() || principals.wrong() || signature.wrong()) return Unknown{"it is cut off"};
  if (fields.more()) return Unknown{"it goes on behind its end"};
  if (found.principals.size() > most_principals) return Unknown{"it has too many principals"};
  if (kind != user_type && kind != host_type) return Unknown{"it is neither a user's nor a host's"};
  if (!is_key(found.key)) return Unknown{"the key in it is damaged"};
  if (!is_key(found.ca)) return Unknown{"its CA's key is damaged"};
  if (!critical_options(options, found)) return Unknown{"its critical options are damaged"};
  return found;
}

bool is_certificate(std::string_view key) {
  const KeyType* type = key_type(key.substr(0, key.find(' ')));
  return type != nullptr && type->certificate;
}

} // namespace sshguardd::parse
