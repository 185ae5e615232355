// How what the guest's firewall lets in is written on the pipe, and read.
#include "host/child_report.hpp"
#include "host/flow_look.hpp"

#include <concepts>
#include <type_traits>

namespace sshguardd::host {
namespace {

constexpr std::string_view first_word = "flows4";

struct Schema {
  template <class Codec, class One> static void fields(Codec& codec, One& one) {
    using T = std::remove_cv_t<One>;
    if constexpr (std::same_as<T, Flow>) {
      codec.choice(one.whose, Flow::Whose::anyone);
      codec(one.ipv6);
      codec(one.source);
      codec(one.destination);
      codec(one.interface);
      codec(one.port);
      codec(one.other_address);
      codec.choice(one.answer, firewall::Answer::Kind::undecided);
      codec.choice(one.sees, Sees::hostkey);
      codec(one.client);
      codec(one.rule);
      codec(one.owner);
      codec(one.ban);
      codec(one.fix);
      codec(one.why);
      codec(one.usually);
      codec(one.rules_accept);
      codec(one.neighbours);
      codec(one.passing);
      codec(one.opener);
      codec(one.zone);
      codec(one.behind);
      codec(one.expires_s); // what was before is the agent's own
    } else {
      static_assert(std::same_as<T, Firewall>);
      codec(one.flows);
      codec(one.saved);
      codec(one.saved_by);
      codec(one.somebody);
      codec(one.unread);
      codec(one.legacy);
      codec.choice(one.cloud, Cloud::gcp);
      codec(one.platform);
      codec(one.platform_saved);
    }
  }
};

} // namespace

std::string encode(const Firewall& firewall) {
  return encode_report<Schema>(first_word, firewall);
}

Fact<Firewall> decode_firewall(std::string_view text) {
  auto firewall = decode_report<Schema, Firewall>(first_word, text);
  if (!firewall) return Unknown{"what the firewall lets in is not known"};
  return std::move(*firewall);
}

} // namespace sshguardd::host
