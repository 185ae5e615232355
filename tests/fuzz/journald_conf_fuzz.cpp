// Two files, with a line "==" between; their names as drop-ins, too.
#include "harness.hpp"
#include "parse/journald_conf.hpp"

#include <set>
#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::size_t mark = text.find("\n==\n");
  const std::string_view second =
      mark == std::string_view::npos ? std::string_view{} : text.substr(mark + 4);
  parse::JournaldConf conf;
  parse::add_journald_conf(conf, text.substr(0, mark), "/first");
  const parse::JournaldConf before = conf;
  parse::add_journald_conf(conf, second, "/second");
  for (const JournalLimits* limits : {&conf.system, &conf.runtime}) {
    for (const auto setting : {&JournalLimits::max_use, &JournalLimits::keep_free,
                               &JournalLimits::max_file_size, &JournalLimits::max_files}) {
      const JournalSetting& one = limits->*setting;
      fuzz::require(one.value.has_value() == (one.line > 0));
      fuzz::require(one.value.has_value() == !one.file.empty());
    }
  }
  // Another section is somebody else's.
  parse::JournaldConf other = before;
  parse::add_journald_conf(other, "[Other]\nSystemMaxUse=1M\n", "/third");
  fuzz::require(other == before);

  Journal journal;
  journal.limits = conf.system;
  for (const std::uint64_t total :
       {std::uint64_t{0}, std::uint64_t{1} << 20, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    journal.space.total = total;
    fuzz::require(journal.limit() <= total);
  }

  (void)parse::journald_size(text);
  parse::DropInDirectory one{"/a", {}, {}};
  parse::DropInDirectory two{"/b", {}, {}};
  bool first = true;
  for (const std::string_view name : fuzz::split(text, '\n')) {
    (first ? one : two).names.emplace_back(name);
    if (name.size() % 3 == 0) one.masked.emplace_back(name);
    first = !first;
  }
  std::string last;
  for (const std::string& path : parse::drop_ins_in_order({one, two})) {
    const std::string name = path.substr(3);
    fuzz::require(name.ends_with(".conf") && (last.empty() || last < name));
    last = name;
  }
  return 0;
}
