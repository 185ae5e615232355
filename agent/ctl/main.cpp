// sshguardctl: the command line, and nothing else.
#include "config/nearest.hpp"
#include "ctl/commands.hpp"
#include "engine/encode.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>

namespace {

using namespace sshguardd;

// CLI11's own words are right but for a mistyped command, which it calls an argument.
int usage_error(const CLI::App& app, const CLI::ParseError& error) {
  std::string text = error.what();
  std::vector<std::string_view> commands;
  for (const CLI::App* command : app.get_subcommands({}))
    commands.push_back(command->get_name());
  const std::vector<std::string> left = app.remaining();
  if (app.get_subcommands().empty() && !left.empty() && !left.front().starts_with("-")) {
    text = "no such command: " + left.front();
    const std::string_view near = config::nearest(left.front(), commands);
    if (!near.empty()) text += "; did you mean " + std::string{near} + "?";
  }
  std::fprintf(stderr, "sshguardctl: %s\nSee: sshguardctl --help\n",
               engine::encode(text, 400).c_str());
  return ctl::exit_usage;
}

int run(int argc, char** argv) {
  CLI::App app{"Says why nobody can log in over SSH, and what sshguardd does about it.",
               "sshguardctl"};
  app.set_version_flag("--version", "sshguardctl " SSHGUARDD_VERSION);
  app.footer("Without a command: status.\n"
             "Exit status: 0 OK, 1 warning, 2 critical, 3 unknown, 64 wrong usage.");
  app.require_subcommand(0, 1);

  bool json = false;
  bool ids_only = false;
  bool check_files = false;
  std::vector<std::string> files;
  std::vector<std::string> ids;
  std::string id;
  app.add_flag("--json", json, "The status as JSON (schema 1)");
  CLI::App* status = app.add_subcommand("status", "The state of this machine (the default)");
  status->add_flag("--json", json, "As JSON (schema 1)");
  CLI::App* check = app.add_subcommand("check", "Look afresh, whatever the agent says");
  check->add_flag("--json", json, "As JSON (schema 1)");
  check->add_option("ID", ids, "Only these findings");
  CLI::App* explain = app.add_subcommand("explain", "All about one finding");
  explain->add_option("ID", id, "Its id, as sshd.failed")->required();
  CLI::App* list = app.add_subcommand("list", "Every finding that there can be");
  list->add_flag("--ids", ids_only, "Only their ids");
  CLI::App* config = app.add_subcommand("config", "The agent's configuration, and where it is set");
  CLI::Option* only_check = config->add_flag("--check", check_files, "Only name its errors");
  config->add_option("FILE", files, "These files instead, the last one wins")->needs(only_check);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help and --version are "errors" that succeed.
    return error.get_exit_code() == 0 ? app.exit(error) : usage_error(app, error);
  }
  if (check->parsed()) return ctl::check(ids, json);
  if (explain->parsed()) return ctl::explain(id);
  if (config->parsed()) return check_files ? ctl::check_config(files) : ctl::show_config();
  if (list->parsed()) return ctl::list(ids_only);
  return ctl::status(json);
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sshguardctl: %s\n", error.what());
    return sshguardd::ctl::exit_unknown;
  }
}
