#include "host/key_program.hpp"

#include "host/account_files.hpp"
#include "host/helper.hpp"
#include "host/root_program.hpp"
#include "parse/command_words.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace sshguardd::host {
namespace {

using State = engine::KeysCommand::State;
using Words = std::vector<std::string>;

KeyProgramAnswer no_answer(State state, std::string why) {
  return {.told = {.state = state, .why = std::move(why)}, .text = {}};
}

bool has_any(const Words& words, char letter) {
  return std::any_of(words.begin() + 1, words.end(),
                     [&](const std::string& word) { return parse::has_token(word, letter); });
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

KeyProgramAnswer answer_of(HelperResult told, const std::string& program) {
  if (told.timed_out) return no_answer(State::unknown, program + " did not end within 5 s");
  if (told.too_much) return no_answer(State::unknown, program + " printed more than 256 KiB");
  if (!told.error.empty()) return no_answer(State::unknown, told.error);
  if (told.exit_status < 0) return no_answer(State::refused, program + " was ended by a signal");
  if (told.exit_status != 0)
    return no_answer(State::refused,
                     program + " ended with exit status " + std::to_string(told.exit_status));
  return {.told = {.state = State::asked, .why = {}}, .text = std::move(told.out)};
}

} // namespace

KeyProgramAnswer run_key_program(const KeyProgram& program, const parse::PasswdEntry& account,
                                 const FindPerson& find, const parse::SafePath& strict) {
  const std::string setting = program.setting + "User";
  if (program.user.empty()) return no_answer(State::refused, setting + " is not set");
  char unknown = 0;
  const auto name = parse::expand_tokens(program.user, {{'u', account.name}}, unknown);
  if (!name) return no_answer(State::refused, setting + " knows %u alone");
  const auto person = find(*name);
  if (!person) return no_answer(State::unknown, setting + " " + *name + ": " + person.why());
  if (!*person) return no_answer(State::refused, setting + ": there is no account " + *name);
  auto words = parse::command_words(program.command);
  if (!words || words->empty()) return no_answer(State::refused, "its quotes are not closed");
  const std::string path = words->front();
  if (std::string why = why_not_run(path, strict); !why.empty())
    return no_answer(State::refused, std::move(why));
  std::vector<parse::Token> tokens;
  for (const char letter : program.letters) {
    if (!has_any(*words, letter)) continue;
    const auto value = program.token(letter);
    if (!value) return no_answer(State::unknown, value.why());
    tokens.push_back({letter, *value});
  }
  std::string why;
  auto argv = expand(std::move(*words), tokens, why);
  if (!argv) return no_answer(State::refused, std::move(why));
  if (argv->size() == 1 && program.name_alone) argv->push_back(account.name);
  return answer_of(run_helper({.argv = std::move(*argv),
                               .environment = environment_of((*person)->entry),
                               .account = &(*person)->entry,
                               .groups = (*person)->groups,
                               .input = {}}),
                   path);
}

} // namespace sshguardd::host
