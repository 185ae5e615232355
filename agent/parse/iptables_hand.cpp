#include "parse/iptables_hand.hpp"

#include "parse/ascii.hpp"
#include "parse/iptables_values.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <utility>

namespace sshguardd::parse {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t most_addresses = 256; // in the lists of one rule

struct Name {
  std::string_view other;
  std::string_view plain;
};

template <std::size_t N> std::string plain_name(const Name (&names)[N], std::string_view word) {
  const auto* found = std::ranges::find(names, word, &Name::other);
  return std::string{found == std::end(names) ? word : found->plain};
}

// xshared.h: XT_COMMON_LONG_OPTIONS; libxt_tcp.c, libxt_multiport.c.
constexpr Name option_names[] = {
    {"--source", "-s"},
    {"--src", "-s"},
    {"--destination", "-d"},
    {"--dst", "-d"},
    {"--protocol", "-p"},
    {"--proto", "-p"},
    {"--in-interface", "-i"},
    {"--out-interface", "-o"},
    {"--jump", "-j"},
    {"--goto", "-g"},
    {"--match", "-m"},
    {"--fragments", "-f"},
    {"--destination-port", "--dport"},
    {"--source-port", "--sport"},
    {"--destination-ports", "--dports"},
    {"--source-ports", "--sports"},
};

// Those of /etc/services that firewalls name.
constexpr Name port_names[] = {
    {"ftp-data", "20"},     {"ftp", "21"},          {"ssh", "22"},         {"telnet", "23"},
    {"smtp", "25"},         {"domain", "53"},       {"bootps", "67"},      {"bootpc", "68"},
    {"tftp", "69"},         {"http", "80"},         {"www", "80"},         {"kerberos", "88"},
    {"pop3", "110"},        {"sunrpc", "111"},      {"ntp", "123"},        {"netbios-ns", "137"},
    {"netbios-dgm", "138"}, {"netbios-ssn", "139"}, {"imap2", "143"},      {"imap", "143"},
    {"snmp", "161"},        {"ldap", "389"},        {"https", "443"},      {"microsoft-ds", "445"},
    {"submissions", "465"}, {"syslog", "514"},      {"submission", "587"}, {"ipp", "631"},
    {"ldaps", "636"},       {"rsync", "873"},       {"imaps", "993"},      {"pop3s", "995"},
    {"openvpn", "1194"},    {"nfs", "2049"},        {"mysql", "3306"},     {"postgresql", "5432"},
    {"mdns", "5353"},
};

// libxt_icmp.h: icmpv6_codes, those that neighbours speak and those that ufw's files have.
constexpr Name icmpv6_types[] = {
    {"destination-unreachable", "1"},
    {"packet-too-big", "2"},
    {"time-exceeded", "3"},
    {"ttl-exceeded", "3"},
    {"parameter-problem", "4"},
    {"echo-request", "128"},
    {"ping", "128"},
    {"echo-reply", "129"},
    {"pong", "129"},
    {"router-solicitation", "133"},
    {"router-advertisement", "134"},
    {"neighbour-solicitation", "135"},
    {"neighbor-solicitation", "135"},
    {"neighbour-advertisement", "136"},
    {"neighbor-advertisement", "136"},
    {"redirect", "137"},
};

bool one_of(std::string_view word, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, word) != names.end();
}

// Their value may look like anything.
bool has_text(std::string_view option) {
  return one_of(option, {"--comment", "--log-prefix", "--nflog-prefix", "--ulog-prefix", "--string",
                         "--hex-string", "--name", "--helper", "--hashlimit-name", "--match-set"});
}

bool is_port_option(std::string_view option) {
  return one_of(option, {"--dport", "--sport", "--dports", "--sports", "--ports"});
}

bool has_ports(std::string_view protocol) {
  return one_of(protocol, {"tcp", "udp", "udplite", "sctp", "dccp"});
}

std::string upper(std::string_view text) {
  std::string made{text};
  for (char& c : made) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return made;
}

std::string lower_case(std::string_view text) {
  std::string made{text};
  for (char& c : made)
    c = lower(c);
  return made;
}

// "ssh", "ssh,http", "1024:65535"
std::string plain_ports(std::string_view text) {
  std::string made;
  std::size_t start = 0;
  for (std::size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] != ',' && text[at] != ':') continue;
    made += plain_name(port_names, text.substr(start, at - start));
    if (at < text.size()) made += text[at];
    start = at + 1;
  }
  return made;
}

// "--dport=22", "-ptcp": two words each.
Words separate(const Words& words) {
  Words made;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const std::string& word = words[at];
    const std::size_t equals = word.find('=');
    if (word.starts_with("--") && equals != std::string::npos && equals > 2) {
      made.push_back(word.substr(0, equals));
      made.push_back(word.substr(equals + 1));
    } else if (word.size() > 2 && word[0] == '-' &&
               std::string_view{"spdiojgm"}.find(word[1]) != std::string_view::npos) {
      made.push_back(word.substr(0, 2));
      made.push_back(word.substr(2));
    } else {
      made.push_back(plain_name(option_names, word));
      const bool text = has_text(word) && at + 1 < words.size();
      if (text) made.push_back(words[++at]);
      continue;
    }
    made[made.size() - 2] = plain_name(option_names, made[made.size() - 2]);
  }
  return made;
}

class Writer {
public:
  explicit Writer(const Words& words) : words_{separate(words)} {}

  std::vector<Words> rules() {
    while (at_ < words_.size())
      next();
    std::vector<Words> made;
    for (const std::string& source : sources_) {
      for (const std::string& destination : destinations_) {
        if (made.size() >= most_addresses) return {words_}; // for nobody to know
        Words rule;
        if (!source.empty()) rule.insert(rule.end(), {"-s", source});
        rule.insert(rule.end(), own_.front().begin(), own_.front().end());
        if (!destination.empty()) rule.insert(rule.end(), {"-d", destination});
        for (std::size_t i = 1; i < own_.size(); ++i)
          rule.insert(rule.end(), own_[i].begin(), own_[i].end());
        rule.insert(rule.end(), matches_.begin(), matches_.end());
        rule.insert(rule.end(), target_.begin(), target_.end());
        made.push_back(std::move(rule));
      }
    }
    return made;
  }

private:
  void next() {
    bool negated = words_[at_] == "!";
    if (negated && at_ + 1 < words_.size()) ++at_;
    const std::string option = words_[at_++];
    Words values;
    while (at_ < words_.size() && (values.empty() && has_text(option) ? true : is_value(option)))
      values.push_back(words_[at_++]);
    if (!values.empty() && values.front() == "!" && !has_text(option)) { // as old ones wrote it
      negated = true;
      values.erase(values.begin());
    }
    put(option, negated, std::move(values));
  }

  // Not an option: a "!" belongs to what precedes it only before a value.
  bool is_value(const std::string& option) const {
    const std::string& word = words_[at_];
    if (word == "!")
      return !has_text(option) && at_ + 1 < words_.size() && !words_[at_ + 1].starts_with('-') &&
             words_[at_ - 1] == option;
    return word.size() < 2 || !word.starts_with('-');
  }

  void put(const std::string& option, bool negated, Words values) {
    const bool one = values.size() == 1;
    if ((option == "-s" || option == "-d") && one && !negated &&
        values.front().find(',') != std::string::npos) {
      std::vector<std::string> list;
      for (const std::string_view address : listed(values.front()))
        list.emplace_back(address);
      (option == "-s" ? sources_ : destinations_) = std::move(list);
      return;
    }
    if (option == "-p" && one) {
      values.front() = lower_case(values.front());
      if (!negated) protocol_ = values.front();
    }
    if (option == "-j" || option == "-g") {
      in_target_ = true;
      return add(target_, option, negated, values);
    }
    if (option == "-m" && one) {
      in_target_ = false;
      module_ = values.front();
      return add(matches_, option, negated, values);
    }
    if (option.size() == 2) return add(own_[own_place(option)], option, negated, values);
    put_long(option, negated, std::move(values));
  }

  void put_long(std::string option, bool negated, Words values) {
    const bool one = values.size() == 1;
    // An exact name is wanted by getopt_long(3) only where the module of the protocol is there.
    if (module_ == "multiport" && !in_target_ && (option == "--dport" || option == "--sport"))
      option += 's';
    if (one && is_port_option(option)) values.front() = plain_ports(values.front());
    if (one && one_of(option, {"--ctstate", "--state", "--src-type", "--dst-type"}))
      values.front() = upper(values.front());
    if (option == "--tcp-flags")
      for (std::string& value : values)
        value = upper(value);
    if (option == "--icmpv6-type" && one) values.front() = plain_name(icmpv6_types, values.front());
    const std::string wanted = module_of(option);
    if (!wanted.empty()) {
      if (module_ != wanted || in_target_) add(matches_, "-m", false, {wanted});
      if (!in_target_) module_ = wanted;
      return add(matches_, option, negated, values);
    }
    add(in_target_ ? target_ : matches_, option, negated, values);
  }

  // What -p loads by itself once an option of it comes (xshared.c:load_proto()).
  std::string module_of(const std::string& option) const {
    if (option == "--dport" || option == "--sport") return has_ports(protocol_) ? protocol_ : "";
    if (one_of(option, {"--syn", "--tcp-flags", "--tcp-option"}))
      return protocol_ == "tcp" ? protocol_ : "";
    const unsigned number = protocol_number(protocol_).value_or(0);
    if (option == "--icmp-type") return number == 1 ? "icmp" : "";
    if (option == "--icmpv6-type") return number == 58 ? "icmp6" : "";
    return {};
  }

  // In iptables-save's order.
  static std::size_t own_place(std::string_view option) {
    constexpr std::array<std::string_view, 6> order = {"-s", "-d", "-i", "-o", "-p", "-f"};
    return static_cast<std::size_t>(std::ranges::find(order, option) - order.begin());
  }

  static void add(Words& into, const std::string& option, bool negated, const Words& values) {
    if (negated) into.emplace_back("!");
    into.push_back(option);
    into.insert(into.end(), values.begin(), values.end());
  }

  Words words_;
  std::size_t at_ = 0;
  std::array<Words, 7> own_; // -s, -d, -i, -o, -p, -f, others
  Words matches_;
  Words target_;
  std::vector<std::string> sources_{""};
  std::vector<std::string> destinations_{""};
  std::string protocol_;
  std::string module_;
  bool in_target_ = false;
};

} // namespace

std::vector<Words> plain_iptables_rules(const Words& words) {
  return Writer{words}.rules();
}

std::string iptables_word(const std::string& word) {
  if (!word.empty() && word.find_first_of(" \t\r\n\"\\'") == std::string::npos) return word;
  std::string made = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\' || c == '\'') made += '\\';
    made += c;
  }
  return made + '"';
}

} // namespace sshguardd::parse
