// The one way out for foreign text, and the console line that it ends in.
#include "engine/encode.hpp"
#include "engine/report.hpp"
#include "harness.hpp"

#include <string>

using namespace sshguardd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::size_t limit = size == 0 ? 0 : data[0];

  const std::string encoded = engine::encode(text, limit);
  fuzz::require(fuzz::printable(encoded) && encoded.size() <= limit);
  const std::string whole = engine::encode(text, 4 * size);
  fuzz::require(fuzz::printable(whole) && whole.size() >= size); // nothing was cut
  fuzz::require(engine::cut_encoded(whole, limit) == encoded);
  const std::string word = engine::encode_word(text, std::max<std::size_t>(limit, 1));
  fuzz::require(fuzz::printable(word) && word.find(' ') == std::string::npos && !word.empty());

  Snapshot snapshot;
  snapshot.host = text.substr(0, limit);
  engine::Line line;
  line.kind = static_cast<engine::Line::Kind>(size % 4);
  line.sentence = text;
  line.id = "sshd.config-invalid"; // of the catalog, never foreign
  line.by = "recovered";
  line.ends = line.about = 7;
  engine::Ledger ledger;
  ledger.boot_id = text.substr(0, 36);
  const std::string printed = engine::console_line(line, ledger, snapshot);
  fuzz::require(fuzz::printable(printed) && printed.size() <= 240);
  fuzz::require(printed.starts_with("SSHGUARDD ") && printed.ends_with("]"));
  // A program finds the tag from the end; nobody's words can stand in for it.
  fuzz::require(printed.rfind(" [v1 boot=") != std::string::npos);
  fuzz::require(printed.find(']', printed.rfind(" [v1 boot=")) + 1 == printed.size());
  return 0;
}
