#include "harness.hpp"
#include "parse/authorized_keys.hpp"
#include "parse/base64.hpp"
#include "parse/certificate.hpp"
#include "parse/certificate_acceptance.hpp"

#include <string>

using namespace sshguardd;

namespace {

constexpr std::string_view types[] = {
    "ssh-ed25519-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com",
    "ecdsa-sha2-nistp256-cert-v01@openssh.com", "sk-ssh-ed25519-cert-v01@openssh.com",
    "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com"};

void certificate_holds(std::string_view type, std::string_view base64, std::string_view text) {
  const auto read = parse::certificate(type, base64);
  if (!read) {
    // Reasons are words of the parser, nobody else's.
    fuzz::require(!read.why().empty() && fuzz::printable(read.why()));
    return;
  }
  using Kind = parse::KeyLine::Kind;
  fuzz::require(parse::is_certificate(read->type));
  fuzz::require(parse::authorized_key(read->key).kind == Kind::key);
  fuzz::require(parse::authorized_key(read->ca).kind == Kind::key);
  fuzz::require(read->principals.size() <= 256);
  for (const std::string& name : read->principals) {
    fuzz::require(parse::names(*read, name));
    fuzz::require(name.empty() || name.find(',') != std::string::npos ||
                  parse::names_one_of(*read, "a," + name));
  }
  (void)parse::why_rejected(*read, {}, {}, 1'800'000'000, "192.0.2.1");
  const auto line = parse::principals_line(text, *read, 1'800'000'000, "192.0.2.1");
  fuzz::require(line.number > 0 || (line.why.empty() && !line.command));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::string base64 = parse::base64_encode(text);
  fuzz::require(parse::base64_decode(base64) == text);
  if (const auto bytes = parse::base64_decode(text))
    fuzz::require(parse::base64_encode(*bytes) == text);
  for (const std::string_view type : types) {
    certificate_holds(type, base64, text);
    certificate_holds(type, text, text);
  }
  parse::Certificate named;
  named.principals = {"alice", "bob", "carol"};
  const auto line = parse::principals_line(text, named, 1'800'000'000, "10.0.0.1");
  fuzz::require(line.number <= fuzz::split(text, '\n').size());
  fuzz::require(!parse::names_one_of(named, ",,") && fuzz::printable(line.why));
  return 0;
}
