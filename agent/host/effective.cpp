#include "host/effective.hpp"

#include "host/files.hpp"
#include "parse/login_rules.hpp"
#include "parse/sshd_effective.hpp"
#include "parse/sshd_policy.hpp"

namespace sshguardd::host {
namespace {

constexpr auto deadline = std::chrono::seconds{5};

} // namespace

EffectiveReader::EffectiveReader(Loop& loop, std::function<void()> on_news)
    : loop_{loop}, on_news_{std::move(on_news)} {}

void EffectiveReader::consider(const SshdFiles& files, bool up) {
  if (effective_ && effective_->fingerprint == files.config.fingerprint) return;
  std::string question = files.config.fingerprint + (up ? " up" : " down");
  if (asked_ == question) return;
  asked_ = std::move(question);
  files_ = files;
  // -T wants host keys and /run/sshd too, which are gone while a socket-activated sshd is idle; -G
  // does not, but is unknown before 9.3.
  ask("-G", false);
}

void EffectiveReader::ask(const char* mode, bool last) {
  ChildSpec spec{
      .argv = files_.argv(mode), .environment = files_.test_environment, .deadline = deadline};
  child_ = run_child(loop_, std::move(spec), [this, last](const ChildResult& result) {
    child_.reset();
    auto effective =
        result.exit_status == 0 ? parse::sshd_effective(result.out) : std::optional<Effective>{};
    if (!effective && !last) return ask("-T", true);
    // What was known of other files still says more than nothing; answer() tells them apart.
    if (effective) {
      effective->fingerprint = files_.config.fingerprint;
      effective->policy = parse::sshd_policy(result.out);
      effective->login = parse::login_rules(result.out);
      const parse::MatchBlocks matches =
          parse::locate(effective->policy, files_.config.main_file, files_.test_argv,
                        {.read = [](const std::string& path) -> std::optional<std::string> {
                           auto text = read_file(path);
                           return text ? std::optional{*text} : std::nullopt;
                         },
                         .glob = expand_glob});
      LoginRules& login = effective->login;
      login.conditional = matches.any;
      login.by_client = matches.by_client;
      login.by_address = matches.by_client && !matches.by_more;
      login.matches_known = !matches.unseen;
      login.match_users = matches.users;
      login.match_groups = matches.groups;
      effective_ = std::move(*effective);
    }
    on_news_();
  });
}

Fact<Effective> EffectiveReader::answer(const std::string& fingerprint) const {
  if (effective_ && effective_->fingerprint == fingerprint) return effective_;
  return Unknown{running() ? "being asked" : "sshd -T gave no answer for this configuration"};
}

} // namespace sshguardd::host
