// sshguardctl: the command line, and nothing else.
#include "ctl/command_line.hpp"

#include "config/nearest.hpp"
#include "ctl/commands.hpp"
#include "ctl/flow_sources.hpp"
#include "engine/encode.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>

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

// --json, --brief and --watch before a command that does not have them.
std::string misplaced(const CLI::App& app, bool json, bool brief, bool watch) {
  const auto given = app.get_subcommands();
  const std::string name = given.empty() ? "status" : given.front()->get_name();
  if (brief && (json || watch)) return "--brief excludes --json and --watch";
  if (name == "status") return {};
  if (brief || watch) return std::string{brief ? "--brief" : "--watch"} + ": " + name + " has none";
  const auto options = given.front()->get_options();
  const bool has_json = std::any_of(options.begin(), options.end(), [](const CLI::Option* one) {
    return one->check_lname("json");
  });
  return json && !has_json ? "--json: " + name + " has none" : "";
}

int run(int argc, char** argv) {
  CLI::App app{"Says why nobody can log in over SSH, and what sshguardd does about it.",
               "sshguardctl"};
  app.set_version_flag("--version", "sshguardctl " SSHGUARDD_VERSION);
  app.footer(
      "Without a command: status.\n"
      "Exit status: 0 OK, 1 warning, 2 critical, 3 unknown, 64 wrong usage.\n"
      "Of heal: 0 healed or nothing to do, 2 still broken, 3 withheld or unknown.\n"
      "Of access: 0 gets in, 2 does not, 3 unknown.\n"
      "Of verify-flow: 0 accepted, 2 not, 3 unknown.\n"
      "Of rollback: 0 done or nothing to do, 2 put back or no answer, 3 refused or unknown.");
  app.require_subcommand(0, 1);

  bool json = false;
  bool ids_only = false;
  bool check_files = false;
  std::vector<std::string> files;
  bool brief = false;
  bool watch = false;
  bool once = false;
  bool dry_run = false;
  ctl::RollbackOptions back;
  std::size_t newest = 10;
  std::string duration;
  std::vector<std::string> ids;
  std::string id;
  app.add_flag("--json", json, "As JSON (schema 1): the status, or a command that has it");
  app.add_flag("--brief", brief, "The status in less than 4 KB");
  app.add_flag("--watch", watch, "The status, again at each change");
  CLI::App* status = app.add_subcommand("status", "The state of this machine (the default)");
  CLI::Option* json_flag = status->add_flag("--json", json, "As JSON (schema 1)");
  CLI::Option* brief_flag =
      status->add_flag("--brief", brief, "In less than 4 KB, for channels that cut")
          ->excludes(json_flag);
  status->add_flag("--watch", watch, "Again at each change, until interrupted")
      ->excludes(brief_flag);
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

  CLI::App* heal = app.add_subcommand("heal", "Apply remedies now: all that there are, or by id");
  heal->add_option("ID", ids, "Only these findings, or one of several: ID SUBJECT")
      ->type_name("[SUBJECT]");
  heal->add_flag("--once", once,
                 "Consent to one run: switched off, paused or spent does not count");
  heal->add_flag("--dry-run", dry_run, "Say what would be done, and do nothing");
  CLI::App* pause = app.add_subcommand("pause", "No remedies for a while; watching goes on");
  pause->add_option("DURATION", duration, "90s, 15m, 2h, 1d; at most 7d")->required();
  CLI::App* resume = app.add_subcommand("resume", "End a pause");
  CLI::App* rollback = app.add_subcommand(
      "rollback", "Put sshd's configuration back to the last one that let somebody log in");
  CLI::Option* list_flag = rollback->add_flag("--list", back.list, "Show what is kept");
  rollback->add_flag("--dry-run", back.dry_run, "Show the difference, and change nothing")
      ->excludes(list_flag);
  CLI::Option* to = rollback->add_option("--to", back.number, "To this one of --list, instead")
                        ->check(CLI::Range(1U, 4'000'000'000U))
                        ->excludes(list_flag);
  CLI::Option* distro =
      rollback->add_flag("--to-distro", back.to_distro, "To what the distribution ships, instead")
          ->excludes(list_flag)
          ->excludes(to);
  rollback->add_flag("--undo", back.undo, "To what the last rollback replaced, instead")
      ->excludes(list_flag)
      ->excludes(to)
      ->excludes(distro);
  rollback->add_flag("--force", back.force, "Also while packages are being installed")
      ->excludes(list_flag);
  ctl::AccessOptions who;
  CLI::App* access =
      app.add_subcommand("access", "Would sshd let an account in, and what is in the way");
  CLI::Option* user = access->add_option("USER", who.user, "The account");
  CLI::Option* key =
      access->add_option("--key", who.key, "With this public key or certificate alone, a file")
          ->needs(user);
  access->add_option("--from", who.from, "From this address of a client");
  access->add_flag("--all", who.all, "All accounts that may log in by their shell, as a table")
      ->excludes(user)
      ->excludes(key);
  access->add_flag("--json", who.json, "As JSON");
  ctl::FlowOptions flow;
  CLI::App* verify_flow = app.add_subcommand(
      "verify-flow", "Would the guest's firewall let a connection in, and which rule decides");
  verify_flow->add_option("--from", flow.from, "An address, a network, or " + ctl::flow_presets())
      ->required();
  verify_flow->add_option("--to", flow.to, "This address of the machine");
  verify_flow->add_option("--port", flow.port, "The port that the client knocks at (22)")
      ->check(CLI::Range(1, 65535));
  verify_flow->add_option("--interface", flow.interface, "It comes in by this one");
  verify_flow->add_flag("--boot", flow.boot, "By the rules that the next boot loads");
  verify_flow->add_flag("--trace", flow.trace, "Show each chain and rule on the way");
  verify_flow->add_flag("--json", flow.json, "As JSON");
  CLI::App* history = app.add_subcommand("history", "Past heals, and troubles that are over");
  history->add_option("-n", newest, "So many of each, at most 50 (10)")->check(CLI::Range(1, 50));
  history->add_flag("--json", json, "As JSON");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help and --version are "errors" that succeed.
    if (error.get_exit_code() != 0) return usage_error(app, error);
    const int shown = app.exit(error);
    if (std::cout.flush()) return shown;
    std::fputs("sshguardctl: standard output could not be written\n", stderr);
    return ctl::exit_unknown;
  }
  if (const std::string wrong = misplaced(app, json, brief, watch); !wrong.empty()) {
    std::fprintf(stderr, "sshguardctl: %s\nSee: sshguardctl --help\n", wrong.c_str());
    return ctl::exit_usage;
  }
  who.json = who.json || json;
  flow.json = flow.json || json;
  if (check->parsed()) return ctl::check(ids, json);
  if (explain->parsed()) return ctl::explain(id);
  if (config->parsed()) return check_files ? ctl::check_config(files) : ctl::show_config();
  if (list->parsed()) return ctl::list(ids_only);
  if (heal->parsed()) return ctl::heal(ids, once, dry_run);
  if (pause->parsed()) return ctl::pause(duration);
  if (resume->parsed()) return ctl::resume();
  if (rollback->parsed()) return ctl::rollback(back);
  if (access->parsed()) return ctl::access(who);
  if (verify_flow->parsed()) return ctl::verify_flow(flow);
  if (history->parsed()) return ctl::history(newest, json);
  if (watch) return ctl::watch(json);
  return ctl::status(json    ? ctl::StatusForm::json
                     : brief ? ctl::StatusForm::brief
                             : ctl::StatusForm::text);
}

} // namespace

int sshguardd::ctl::main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sshguardctl: %s\n", error.what());
    return exit_unknown;
  }
}
