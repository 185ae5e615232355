#include "host/keys_command.hpp"

#include "host/account_files.hpp"
#include "host/helper.hpp"
#include "host/root_program.hpp"
#include "parse/command_words.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

namespace sshguardd::host {
namespace {

using State = engine::KeysCommand::State;
using Words = std::vector<std::string>;

constexpr std::string_view key_letters = "tkf"; // what only a key has
constexpr std::string_view connection_letters = "CD";

KeysCommandAnswer no_keys(State state, std::string why) {
  return {.told = {.state = state, .why = std::move(why)}, .text = {}};
}

bool has_any(const Words& words, std::string_view letters) {
  return std::any_of(words.begin() + 1, words.end(), [&](const std::string& word) {
    return std::ranges::any_of(letters, [&](char c) { return parse::has_token(word, c); });
  });
}

// "256 SHA256:... comment (ED25519)" -> the second word.
std::optional<std::string> fingerprint(const std::string& key, const std::string& hash) {
  const HelperResult told =
      run_helper({.argv = {"/usr/bin/ssh-keygen", "-l", "-E", hash, "-f", "/dev/stdin"},
                  .environment = plain_environment(),
                  .groups = {},
                  .input = key + "\n"});
  const std::size_t start = told.out.find(' ');
  if (told.exit_status != 0 || start == std::string::npos) return std::nullopt;
  return told.out.substr(start + 1, told.out.find(' ', start + 1) - start - 1);
}

// What sshd was built with: paths.h's _PATH_STDPATH, of which Debian makes one of its own.
std::string path_variable() {
  return private_groups() ? "PATH=/usr/local/bin:/usr/bin:/bin:/usr/games"
                          : "PATH=/usr/bin:/bin:/usr/sbin:/sbin";
}

std::vector<std::string> environment_of(const parse::PasswdEntry& account) {
  std::vector<std::string> variables{path_variable(), "USER=" + account.name,
                                     "LOGNAME=" + account.name, "HOME=" + account.home};
  if (const char* language = std::getenv("LANG"); language != nullptr)
    variables.push_back(std::string{"LANG="} + language);
  return variables;
}

// The words with their tokens; `why` where there are none.
std::optional<Words> expand(Words words, const std::vector<parse::Token>& tokens,
                            std::string& why) {
  for (auto word = words.begin() + 1; word != words.end(); ++word) {
    char unknown = 0;
    auto expanded = parse::expand_tokens(*word, tokens, unknown);
    if (!expanded) {
      why = std::string{"sshd knows no %"} + unknown + " here";
      return std::nullopt;
    }
    *word = std::move(*expanded);
  }
  return words;
}

KeysCommandAnswer answer_of(HelperResult told, const std::string& program) {
  if (told.timed_out) return no_keys(State::unknown, program + " did not end within 5 s");
  if (told.too_much) return no_keys(State::unknown, program + " printed more than 256 KiB");
  if (!told.error.empty()) return no_keys(State::unknown, told.error);
  if (told.exit_status < 0) return no_keys(State::refused, program + " was ended by a signal");
  if (told.exit_status != 0)
    return no_keys(State::refused,
                   program + " ended with exit status " + std::to_string(told.exit_status));
  return {.told = {.state = State::asked, .why = {}}, .text = std::move(told.out)};
}

} // namespace

KeysCommandAnswer run_keys_command(const KeysCommandQuestion& question,
                                   const parse::PasswdEntry& account, const FindPerson& find,
                                   const parse::SafePath& strict) {
  if (question.user.empty()) return no_keys(State::refused, "AuthorizedKeysCommandUser is not set");
  char unknown = 0;
  const auto name = parse::expand_tokens(question.user, {{'u', account.name}}, unknown);
  if (!name) return no_keys(State::refused, "AuthorizedKeysCommandUser knows %u alone");
  const auto person = find(*name);
  if (!person)
    return no_keys(State::unknown, "AuthorizedKeysCommandUser " + *name + ": " + person.why());
  if (!*person)
    return no_keys(State::refused, "AuthorizedKeysCommandUser: there is no account " + *name);
  auto words = parse::command_words(question.command);
  if (!words || words->empty()) return no_keys(State::refused, "its quotes are not closed");
  const std::string program = words->front();
  if (std::string why = why_not_run(program, strict); !why.empty())
    return no_keys(State::refused, std::move(why));
  if (has_any(*words, connection_letters))
    return no_keys(State::unknown, "it asks for the connection (%C, %D), and there is none");
  std::vector<parse::Token> tokens{
      {'u', account.name}, {'U', std::to_string(account.uid)}, {'h', account.home}};
  if (has_any(*words, key_letters)) {
    if (question.key.empty())
      return no_keys(State::unknown, "it asks for the client's key: give it with --key");
    const std::size_t blank = question.key.find(' ');
    tokens.push_back({'t', question.key.substr(0, blank)});
    tokens.push_back({'k', question.key.substr(std::min(blank, question.key.size() - 1) + 1)});
    if (has_any(*words, "f")) {
      auto print = fingerprint(question.key, question.fingerprint_hash);
      if (!print) return no_keys(State::unknown, "ssh-keygen tells no fingerprint of the key");
      tokens.push_back({'f', std::move(*print)});
    }
  }
  std::string why;
  auto argv = expand(std::move(*words), tokens, why);
  if (!argv) return no_keys(State::refused, std::move(why));
  if (argv->size() == 1) argv->push_back(account.name); // as before there were tokens
  return answer_of(run_helper({.argv = std::move(*argv),
                               .environment = environment_of((*person)->entry),
                               .account = &(*person)->entry,
                               .groups = (*person)->groups,
                               .input = {}}),
                   program);
}

} // namespace sshguardd::host
