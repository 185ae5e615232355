#include "parse/auth_log.hpp"

#include "parse/key_blob.hpp"

#include <algorithm>
#include <utility>

namespace sshguardd::parse {
namespace {

using Kind = AuthLine::Kind;
using Text = std::string_view;

bool cut_start(Text& text, Text start) {
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  return true;
}

bool cut_end(Text& text, Text end) {
  if (!text.ends_with(end)) return false;
  text.remove_suffix(end.size());
  return true;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "192.0.2.1", "2001:db8::1", "fe80::1%eth0".
bool is_address(Text text) {
  if (text.empty() || text.size() > 64) return false;
  const Text bare = text.substr(0, text.find('%'));
  const bool fits = std::ranges::all_of(bare, [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' || c == ':';
  });
  const bool scope = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
  return fits && scope && bare.find_first_of(".:") != Text::npos;
}

// Takes the last word and the space before it.
Text cut_last_word(Text& text) {
  const std::size_t space = text.rfind(' ');
  if (space == Text::npos) return {};
  const Text word = text.substr(space + 1);
  text = text.substr(0, space);
  return word;
}

// Takes "ADDRESS port N" from the end, with the space before it; the address, or nothing.
Text cut_endpoint(Text& text) {
  Text rest = text;
  const Text port = cut_last_word(rest);
  if (port.empty() || port.size() > 5 || !std::ranges::all_of(port, is_digit)) return {};
  if (cut_last_word(rest) != "port") return {};
  const Text address = cut_last_word(rest);
  if (!is_address(address)) return {};
  text = rest;
  return address;
}

std::string bounded(Text text) {
  return std::string{text.substr(0, AuthLine::longest)};
}

AuthLine line(Kind kind, Text user, Text source, Text detail = {}, Text offer = {}) {
  return {.kind = kind,
          .user = bounded(user),
          .source = bounded(source),
          .detail = bounded(detail),
          .offer = bounded(offer)};
}

// "USER from ADDRESS port N" is all of it.
std::optional<AuthLine> user_from(Kind kind, Text text) {
  const Text source = cut_endpoint(text);
  if (source.empty() || !cut_end(text, " from")) return std::nullopt;
  return line(kind, text, source);
}

// "ED25519 SHA256:...", and nothing else: a certificate's name could hold the same.
Text fingerprint_of(Text rest) {
  if (!cut_start(rest, ": ")) return {};
  const std::size_t blank = rest.find(' ');
  if (blank == Text::npos || blank == 0) return {};
  const auto is_type = [](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-'; };
  if (!std::ranges::all_of(rest.substr(0, blank), is_type)) return {};
  rest.remove_prefix(blank + 1);
  constexpr Text mark = "SHA256:";
  constexpr std::size_t letters = 43; // of base64, without its padding
  if (rest.size() != mark.size() + letters || !rest.starts_with(mark)) return {};
  return is_base64(rest.substr(mark.size())) ? rest : Text{};
}

// "METHOD for [invalid user ]USER from ADDRESS port N ssh2[: KEY]". A certificate's name is in KEY
// and is whatever its maker liked.
std::optional<AuthLine> method_for(Kind kind, Text text) {
  const std::size_t at = text.find(" for ");
  if (at == Text::npos || text.substr(0, at).find(' ') != Text::npos) return std::nullopt;
  const bool by_key = kind == Kind::accepted && text.substr(0, at) == "publickey";
  text.remove_prefix(at + 5);
  std::optional<AuthLine> found;
  constexpr Text mark = " ssh2";
  for (std::size_t end = text.find(mark); end != Text::npos; end = text.find(mark, end + 1)) {
    const Text rest = text.substr(end + mark.size());
    if (!rest.empty() && !rest.starts_with(": ")) continue;
    auto read = user_from(kind, text.substr(0, end));
    if (!read) continue;
    if (found) return line(kind, {}, {}); // in two ways
    if (by_key) read->key = bounded(fingerprint_of(rest));
    found = std::move(read);
  }
  if (found && kind == Kind::failed && found->user.starts_with("invalid user "))
    found->user.erase(0, Text{"invalid user "}.size());
  return found;
}

// "authenticating user USER ADDRESS port N", or "invalid user ...".
std::optional<AuthLine> ended(Text text) {
  const Text source = cut_endpoint(text);
  if (source.empty()) return std::nullopt;
  if (!cut_start(text, "authenticating user ") && !cut_start(text, "invalid user "))
    return std::nullopt;
  return line(Kind::ended, text, source);
}

std::optional<AuthLine> negotiation(Text text) {
  // Nothing of the client's before its address.
  const std::size_t colon = text.find(": no matching ");
  if (colon == Text::npos) return std::nullopt;
  Text from = text.substr(0, colon);
  const std::size_t port = from.find(" port ");
  if (port == Text::npos || !is_address(from.substr(0, port))) return std::nullopt;
  text.remove_prefix(colon + Text{": no matching "}.size());
  constexpr Text offer = " found. Their offer: ";
  const std::size_t at = text.find(offer);
  if (at == Text::npos) return std::nullopt;
  return line(Kind::no_common, {}, from.substr(0, port), text.substr(0, at),
              text.substr(at + offer.size()));
}

// "#10 from [A]:p on [B]:22 penalty: failed authentication": sshd's words alone.
std::optional<AuthLine> dropped(Text text) {
  const std::size_t open = text.find(" from [");
  const std::size_t close = text.find("]:", open == Text::npos ? 0 : open);
  constexpr Text mark = " penalty: ";
  const std::size_t why = text.find(mark);
  if (open == Text::npos || close == Text::npos || why == Text::npos || why < close)
    return std::nullopt;
  const Text source = text.substr(open + 7, close - open - 7);
  if (!is_address(source)) return std::nullopt;
  return line(Kind::penalised, {}, source, text.substr(why + mark.size()));
}

// "refused connect from NAME (ADDRESS)": the name is what a name server says.
std::optional<AuthLine> wrapped(Text text) {
  if (!cut_end(text, ")")) return std::nullopt;
  const std::size_t open = text.rfind('(');
  if (open == Text::npos || !is_address(text.substr(open + 1))) return std::nullopt;
  return line(Kind::wrapped, {}, text.substr(open + 1));
}

// "user 'alice' authorized keys '/p': Permission denied": a name of this machine.
Text quoted_user(Text message) {
  const std::size_t at = message.find("ser '");
  if (at == Text::npos) return {};
  message.remove_prefix(at + 5);
  const std::size_t end = message.find("' authorized ");
  return end == Text::npos ? Text{} : message.substr(0, end);
}

// Why it takes no keys: what is wrong with the file, with sshd's rules, with the client's key.
bool refuses_keys(Text text) {
  if (text.starts_with("Authentication refused: ") || text.starts_with("refusing RSA key: ") ||
      text.starts_with("Unsafe AuthorizedKeysCommand ") ||
      text.starts_with("Could not stat AuthorizedKeysCommand ") ||
      text.starts_with("AuthorizedKeysCommandUser ") ||
      text.starts_with("No user for AuthorizedKeysCommand specified") ||
      text.starts_with("Error checking authentication key "))
    return true;
  if (text.starts_with("Could not open user ") || text.starts_with("User '"))
    return text.find("' authorized keys '") != Text::npos;
  if (text.starts_with("AuthorizedKeysCommand "))
    return text.find(" failed, status ") != Text::npos || text.ends_with("path is not absolute");
  return text.starts_with("userauth_pubkey: ") && text.find(" not in PubkeyAccepted") != Text::npos;
}

// After authentication: PAM's session, the change of user, the root directory, processes.
bool session_fails(Text text) {
  return text.starts_with("PAM: pam_open_session(): ") ||
         text.starts_with("PAM: pam_setcred(): ") ||
         text.starts_with("bad ownership or modes for chroot directory ") ||
         text.starts_with("chroot path ") || text.starts_with("safely_chroot: ") ||
         text.starts_with("chroot(\"") || text.starts_with("Unable to chdir to chroot path ") ||
         text.starts_with("do_exec_no_pty: fork: ") || text.starts_with("do_exec_pty: fork: ") ||
         text.starts_with("initgroups: ") || text.starts_with("Failed to set uids to ") ||
         text.starts_with("fork of unprivileged child failed") ||
         text.starts_with("privsep_postauth: fork");
}

std::optional<AuthLine> by_one(Text text, bool preauth) {
  if (cut_start(text, "Accepted ")) return method_for(Kind::accepted, text);
  if (cut_start(text, "Failed ")) return method_for(Kind::failed, text);
  if (cut_start(text, "Invalid user ")) return user_from(Kind::invalid_user, text);
  if (cut_start(text, "Connection closed by ") || cut_start(text, "Connection reset by ") ||
      cut_start(text, "Disconnected from "))
    return ended(text);
  if (cut_start(text, "Disconnecting "))
    return cut_end(text, ": Too many authentication failures") ? ended(text) : std::nullopt;
  if (cut_start(text, "maximum authentication attempts exceeded for ")) {
    cut_start(text, "invalid user ");
    return cut_end(text, " ssh2") ? user_from(Kind::too_many_tries, text) : std::nullopt;
  }
  if (cut_start(text, "Unable to negotiate with ")) return negotiation(text);
  if (cut_start(text, "drop connection ")) return dropped(text);
  if (cut_start(text, "refused connect from ")) return wrapped(text);
  if (cut_start(text, "Access denied for user ")) {
    if (!cut_end(text, " by PAM account configuration")) return std::nullopt;
    return line(Kind::account_refused, text, {});
  }
  if (text.starts_with("PAM unable to dlopen(") || text.starts_with("PAM adding faulty module: "))
    return line(Kind::faulty_module, {}, {}, text);
  if (text.starts_with("pam_unix(sshd:session): session opened for user "))
    return line(Kind::session_opened, {}, {});
  if (refuses_keys(text)) return line(Kind::keys_refused, quoted_user(text), {}, text);
  if (!preauth && session_fails(text)) return line(Kind::session_failed, {}, {}, text);
  return std::nullopt;
}

} // namespace

std::optional<AuthLine> auth_line(std::string_view message) {
  const bool preauth = cut_end(message, " [preauth]");
  cut_end(message, " [postauth]");
  if (!cut_start(message, "error: ")) cut_start(message, "fatal: ");
  return by_one(message, preauth);
}

} // namespace sshguardd::parse
