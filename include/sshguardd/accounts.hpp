// Who may log in with a key, and what sshd would make of the files that the keys are in.
#pragma once

#include "sshguardd/host_keys.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sshguardd {

// A line of a key file that sshd passes over, mostly without a word in its log.
struct BadKeyLine {
  std::uint32_t line = 0; // from 1
  std::string why;        // in words, nothing of the line itself in it
};

// One file that AuthorizedKeysFile names for an account, as sshd would find it: looked at with the
// account's own file-system uid and groups (auth2-pubkeyfile.c:auth_openfile()).
struct KeyFile {
  enum class State {
    absent,     // nothing there: sshd goes on with the next one
    used,       // sshd reads it
    refused,    // StrictModes: bad ownership or modes (misc.c:safe_path())
    unreadable, // the account may not open it, or not search a directory on the way
    irregular,  // not a regular file, or a link to nothing: sshd does not read it
    unknown     // could not look
  };

  std::string path; // "/home/alice/.ssh/authorized_keys"
  State state = State::absent;
  // Neither for absent nor for used: which object on the way it is, by its real path, and what is
  // wrong with it.
  std::string object;
  std::string why; // "mode 0777", "owner bob", "is a FIFO", untrusted where it names somebody
  bool wrong_owner = false; // refused: for an owner, whatever the modes are
  // refused: all that others may write on the way, real paths, and those of them that lie in the
  // account's own home and are its own, which the agent may mend.
  std::vector<std::string> too_open;
  std::vector<std::string> mendable;
  std::string unmendable; // why `mendable` is not all of `too_open`; or empty
  // used: sshd takes it, and yet a person would want to know: "has 2 names (hard links)", "is 9
  // GiB, of which the agent reads 1 MiB"; or empty.
  std::string odd;
  // Where it could be read, whatever sshd makes of it:
  std::uint32_t keys = 0; // lines with a key
  std::uint32_t bad_lines = 0;
  std::vector<BadKeyLine> bad;     // the first of them
  std::uint32_t rejected = 0;      // of `keys`: by their type, size or time, or revoked
  std::vector<BadKeyLine> rejects; // the first of them
  std::string owner;               // by its name; may be untrusted
  std::int64_t changed = 0;        // its mtime, seconds from 1970-01-01, which its owner can set

  [[nodiscard]] bool serves() const { return state == State::used && keys > rejected; }
};

// The subject of a finding that is about so many accounts at once that none is named; no account's
// name, which has no blanks.
inline constexpr const char* several_accounts = "several accounts";

// What an account's shell makes of its login (auth.c:allowed_user()); the last one by its name.
enum class ShellState { usable, missing, not_executable, says_goodbye };

struct Account {
  std::string name; // untrusted
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string home;           // as passwd has it
  std::vector<KeyFile> files; // in the order of AuthorizedKeysFile; those that are not absent
  // What keeps it out whatever its key is. For those that got in before; `soon` for all that have
  // a way in.
  bool got_in = false;       // within months, as the agent has kept it
  std::string excluded_by;   // the setting: "AllowUsers", "pam_access"; or empty
  std::string excluded;      // what it says, in words that follow the name; may be untrusted
  std::string locked;        // in words that follow the name: "has expired"; or empty
  bool closed = false;       // `locked`: after the key or password was taken
  std::string soon;          // what locks it on `soon_day`: "the account expires"; or empty
  std::int64_t soon_day = 0; // from 1970-01-01
  std::string mend;          // `locked` or `soon`: what a person types before the name
  // It got in before, and each key that serves has an expiry-time=: the last of them, seconds from
  // 1970-01-01, and where that stands, "path:line"; 0: that is not so, or not within a month.
  std::int64_t keys_end = 0;
  std::string keys_end_at;
};

// Which keys an account that matters has: one that got in before, root, or a person's.
struct AccountKeys {
  std::string name; // untrusted
  std::uint32_t uid = 0;
  std::string home;
  bool got_in = false;
  bool by_key = false;            // one with a key that is taken gets in
  bool way = false;               // it has a way in now, by a key or a password
  bool elsewhere = false;         // keys or ways may come from where nobody looks here
  bool provisioned = false;       // cloud-init or the cloud's agent made it
  bool all_seen = false;          // what is not among `keys` is in none of its files
  bool bad_lines = false;         // there are lines that should perhaps be keys
  std::vector<std::string> paths; // where sshd looks
  struct File {
    std::string path;
    std::string owner; // who may have written it, beside root; may be untrusted
    std::int64_t changed = 0;
  };
  std::vector<File> files; // those that are there
  struct Key {
    KeyFingerprint name;
    bool rejected = false; // as it is now sshd takes it from nobody
  };
  std::vector<Key> keys; // in all files, those too that sshd does not read for their modes
  static constexpr std::size_t most = 64;
};

// Keys of an account's that were there and are gone, by the agent's own record.
struct KeyLoss {
  std::string name; // untrusted
  std::uint32_t uid = 0;
  struct Gone {
    KeyFingerprint key;
    std::int64_t used = 0;  // the last login with it, seconds from 1970-01-01; 0: none is known
    std::int64_t since = 0; // it was seen to be gone
  };
  std::vector<Gone> gone;
  std::vector<KeyFingerprint> left; // those that it has
  std::int64_t since = 0;           // of the first of them
  bool none_in_use = false;       // one that was used for logins is gone, and none that was is left
  bool over = false;              // it was told for as long as it is, and is still so
  bool moved = false;             // sshd looks for keys in other files than it did
  bool got_in = false;            // before, within months
  bool way = false;               // it has another way in, or may have one
  bool provisioned = false;       // no loss: it was made for somebody, and never had a key
  std::vector<std::string> paths; // where sshd looks now
  std::vector<AccountKeys::File> files;
};

// An account that got in, and when: seconds from 1970-01-01.
struct Login {
  std::uint32_t uid = 0;
  std::int64_t time = 0;
  std::string from; // the client's address; empty where it is not known

  bool operator==(const Login&) const = default;
};

// The settings that decide who gets in by what, and where sshd looks for keys (sshd_config(5)).
// Files, commands and lists are empty where there are none.
struct LoginRules {
  bool strict_modes = true;
  bool keys = true;      // PubkeyAuthentication
  bool passwords = true; // PasswordAuthentication or KbdInteractiveAuthentication
  bool use_pam = false;  // UsePAM
  bool root = true;      // PermitRootLogin is not "no"
  std::string permit_root = "without-password"; // as `sshd -T` has it
  unsigned required_rsa_size = 1024;            // RequiredRSASize, bits
  std::string revoked_keys;                     // RevokedKeys, a file
  std::string keys_command;                     // AuthorizedKeysCommand
  std::string keys_command_user;                // AuthorizedKeysCommandUser
  std::string trusted_user_ca_keys;             // TrustedUserCAKeys, a file
  std::string chroot_directory;                 // ChrootDirectory, a pattern
  std::string force_command;                    // ForceCommand
  std::vector<std::string> methods;    // AuthenticationMethods: lists with commas; empty: any
  std::vector<std::string> algorithms; // PubkeyAcceptedAlgorithms, by name; empty: not told
  std::vector<std::string> key_files;  // AuthorizedKeysFile's patterns, without "none"
  std::vector<std::string> allow_users;
  std::vector<std::string> deny_users;
  std::vector<std::string> allow_groups;
  std::vector<std::string> deny_groups;
  bool empty_passwords = false; // PermitEmptyPasswords
  bool use_dns = false;         // UseDNS: rules may go by the client's name
  bool other_methods = false;   // GSSAPIAuthentication or HostbasedAuthentication
  bool conditional = false;     // there are Match blocks: each account is to be asked for
  bool by_client = false;       // ... of which some ask for more than user and group
  bool by_address = false;      // ... and none for more than those and the client's address
  // What they ask of user and group, lists of patterns. Accounts that fit the same of them have the
  // same rules, where these are all.
  std::vector<std::string> match_users;
  std::vector<std::string> match_groups;
  bool matches_known = true;

  bool operator==(const LoginRules&) const = default;
};

// A file or program that a setting of sshd's names for keys, and that it cannot use.
struct KeySource {
  std::string setting; // "RevokedKeys"
  std::string path;
  std::string why;          // "No such file or directory", untrusted where it names somebody
  bool refuses_all = false; // sshd refuses every public key for it
};

// An object that SELinux's policy would have with another type.
struct WrongLabel {
  std::string account; // whose keys are on or behind it; untrusted
  std::string path;
  std::string type;   // "user_home_t"
  std::string wanted; // "ssh_home_t"
};

// What ends a session before it has begun, whoever is let in: seen by looking, without a login.
struct SessionObstacle {
  std::string account; // whose sessions, untrusted; empty: everybody's
  bool got_in = false; // ... and that account got in before
  std::string place;   // "/etc/pam.d/sshd:12", "ChrootDirectory"
  std::string why;     // "PAM has no pam_x.so", "/srv is no directory"
  std::string mend;    // what a person types

  bool operator==(const SessionObstacle&) const = default;
};

struct Accounts {
  // Those with a key file that is not simply used (another state, bad lines, odd), or that are kept
  // out, or soon will be. Not all of ten thousand; `keyed` counts all.
  std::vector<Account> accounts;
  std::uint32_t people = 0; // that may log in by their shell
  std::uint32_t keyed = 0;  // ... and have a key file
  std::uint32_t open = 0;   // ... of which one is refused for modes alone
  std::vector<KeySource> wrong_sources;
  std::vector<SessionObstacle> obstacles;
  std::vector<WrongLabel> wrong_labels;
  std::string incomplete; // why some were not looked at; or empty

  // Ways in, by a key file that serves or a password, where neither a rule nor shadow(5) is against
  // it. nologin(5) plays no part.
  bool ways_known = false; // all was looked at; what comes from elsewhere may add to it
  std::uint32_t ways = 0;  // accounts that have one, root among them
  bool root_way = false;
  std::string elsewhere;           // where accounts or keys may come from, too; or empty
  std::string nologin;             // the file of nologin(5) that keeps all but root out; or empty
  std::string nologin_says;        // the first of what is in it, untrusted
  bool shutdown_scheduled = false; // which makes that file on purpose
  // Who got in by wtmp(5), is kept out by nothing now, and is not in the agent's record.
  std::vector<Login> seen;

  std::vector<AccountKeys> keys; // not of all of ten thousand
  std::vector<KeyLoss> losses;   // what they come to beside the agent's record
};

} // namespace sshguardd
