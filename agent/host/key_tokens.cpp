#include "host/key_tokens.hpp"

#include "host/fd.hpp"
#include "host/helper.hpp"
#include "parse/command_words.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace sshguardd::host {
namespace {

constexpr parse::OpensshVersion tells_connection{9, 4}; // %C and %D
constexpr const char* some_port = "49152";              // of a client: the first that nobody has

// "256 SHA256:... comment (ED25519)" -> the second word.
Fact<std::string> fingerprint(const std::string& key, const std::string& hash) {
  const HelperResult told =
      run_helper({.argv = {"/usr/bin/ssh-keygen", "-l", "-E", hash, "-f", "/dev/stdin"},
                  .environment = plain_environment(),
                  .groups = {},
                  .input = key + "\n"});
  const std::size_t start = told.out.find(' ');
  if (told.exit_status != 0 || start == std::string::npos)
    return Unknown{"ssh-keygen tells no fingerprint of the key"};
  return told.out.substr(start + 1, told.out.find(' ', start + 1) - start - 1);
}

// The address of ours that packets to that one come from; empty where there is no way to it.
std::string address_towards(const std::string& from) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(from.c_str(), "9", &hints, &found) != 0) return {};
  std::string address;
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  std::array<char, NI_MAXHOST> text{};
  const Fd fd{socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (fd && connect(fd.get(), found->ai_addr, found->ai_addrlen) == 0 &&
      getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own), &size) == 0 &&
      getnameinfo(reinterpret_cast<sockaddr*>(&own), size, text.data(), text.size(), nullptr, 0,
                  NI_NUMERICHOST) == 0)
    address = text.data();
  freeaddrinfo(found);
  return address;
}

std::string word(const std::string& key, bool second) {
  const std::size_t blank = std::min(key.find(' '), key.size());
  return second ? key.substr(std::min(blank + 1, key.size())) : key.substr(0, blank);
}

} // namespace

std::string KeyTokens::letters(const std::string& command) const {
  std::string all = "uUhtkf";
  if (certificate_ != nullptr) all += "TKFis";
  if (!parse::has_token(command, 'C') && !parse::has_token(command, 'D')) return all;
  const auto version = version_.get();
  if (!version || !version->before(tells_connection)) all += "CD";
  return all;
}

// "LOCAL PORT CLIENT PORT". The client's port is one that it might have: whoever asks for the
// connection asks for its addresses.
Fact<std::string> KeyTokens::connection() const {
  if (from_.empty())
    return Unknown{"it asks for the connection (%C): give the client's address with --from"};
  const std::string own = address_towards(from_);
  if (own.empty() || settings_.port.empty())
    return Unknown{"it asks for the connection (%C), and there is no way to " + from_};
  return own + " " + settings_.port + " " + from_ + " " + some_port;
}

Fact<std::string> KeyTokens::value(char letter) const {
  if ((letter == 'C' || letter == 'D') && !version_.get())
    return Unknown{"whether sshd knows %C and %D is not known: sshd -V gave no answer"};
  if (letter != 'u' && letter != 'U' && letter != 'h' && letter != 'C' && letter != 'D' &&
      key_.empty())
    return Unknown{"it asks for the client's key: give it with --key"};
  switch (letter) {
  case 'u':
    return account_.name;
  case 'U':
    return std::to_string(account_.uid);
  case 'h':
    return account_.home;
  case 't':
    return word(key_, false);
  case 'k':
    return word(key_, true);
  case 'f':
    return fingerprint(key_, settings_.fingerprint_hash);
  case 'C':
    return connection();
  case 'D':
    if (settings_.routing_domains)
      return Unknown{"it asks for the connection's routing domain (%D)"};
    return std::string{};
  default:
    break;
  }
  if (certificate_ == nullptr) return Unknown{"there is no certificate"};
  switch (letter) {
  case 'T':
    return word(certificate_->ca, false);
  case 'K':
    return word(certificate_->ca, true);
  case 'F':
    return fingerprint(certificate_->ca, settings_.fingerprint_hash);
  case 'i':
    return certificate_->key_id;
  case 's':
    return std::to_string(certificate_->serial);
  default:
    return Unknown{"it is no token"};
  }
}

} // namespace sshguardd::host
