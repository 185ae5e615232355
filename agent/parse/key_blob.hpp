// The data of a public key in base64, as it stands in a key file (sshkey.c: sshkey_from_blob()).
#pragma once

#include <string>
#include <string_view>

namespace sshguardd::parse {

// A word that OpenSSH 9.2 and 10.0 take for the type of a key.
struct KeyType {
  enum class Form { ed25519, ed25519_sk, rsa, dsa, ecdsa, ecdsa_sk };

  std::string_view name; // "ecdsa-sha2-nistp256"
  Form form = Form::rsa;
  unsigned curve = 0; // ECDSA: bits of its field
  bool certificate = false;

  // Names of signature algorithms are types of the same keys: "rsa-sha2-512".
  [[nodiscard]] bool same_keys(const KeyType& other) const {
    return form == other.form && curve == other.curve && certificate == other.certificate;
  }
};

// nullptr: no such type. Types are in lower case; the second one takes others, too.
[[nodiscard]] const KeyType* key_type(std::string_view name);
[[nodiscard]] const KeyType* key_type_in_any_case(std::string_view name);

struct KeyBlob {
  enum class Fault {
    none,
    not_base64,   // a character that is none of base64, or padding in its midst
    unpadded,     // complete, but for the "=" at the end
    cut,          // ends within a field
    surplus,      // goes on behind the last field
    unknown_type, // of a type that OpenSSH does not know, or no key at all
    short_rsa,    // fewer than 1024 bits (sshkey.c: SSH_RSA_MINIMUM_MODULUS_SIZE)
    wrong         // a field has another size than this type's
  };

  Fault fault = Fault::none;
  const KeyType* type = nullptr; // as the data has it; nullptr: not told, or an unknown one
  unsigned bits = 0;             // of an RSA modulus that is complete
};

// Decodes without a copy; a certificate is read up to its type. The white space of C, within the
// word too, is passed over as b64_pton(3) does.
[[nodiscard]] KeyBlob key_blob(std::string_view base64);

// The data itself, as far as it can be decoded: what a fingerprint is made of.
[[nodiscard]] std::string key_data(std::string_view base64);

// The type as `ssh-keygen -l` says it (sshkey.c:sshkey_type()): "ED25519".
[[nodiscard]] std::string_view short_name(const KeyType& type);

// Letters of base64 alone, and then at most two "=".
[[nodiscard]] bool is_base64(std::string_view word);

} // namespace sshguardd::parse
