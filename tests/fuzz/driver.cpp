// Runs a fuzz harness without libFuzzer: over its corpus, then over a fixed number of inputs made
// of it from a fixed seed, so that it is a plain test that finds the same each time. Under the
// sanitizers of the preset "asan" it bites.
#include "harness.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <span>
#include <string>

namespace {

// What the parsers have words for, between bytes that nobody expects.
constexpr std::string_view words[] = {
    "Include ",  "\"",     "'",        "\\",      "\n",       "\r\n",         "=",
    "$",         "${A}",   " -o ",     "-p22",    "SSH-2.0-", "line 12: ",    "#",
    "/etc/ssh/", "*.conf", "console=", ",115200", "\0",       "\xef\xbb\xbf", "\xff",
    ": ",        "-t",     "-f",       " ",       "\t",       "A=b",          "[heal]\n",
    "{\"",       "\":",    "[",        "]}",      "null",     "\\u00ff",      "99999999999"};

std::mt19937 chance{20'261'121};

std::size_t below(std::size_t limit) {
  return limit == 0 ? 0 : chance() % limit;
}

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::string noise(std::size_t longest) {
  std::string input;
  const std::size_t length = below(longest);
  while (input.size() < length) {
    if (below(3) == 0)
      input += static_cast<char>(below(256));
    else
      input += words[below(std::size(words))];
  }
  return input;
}

// A real text with a few things wrong with it.
std::string damaged(std::string text) {
  for (std::size_t change = below(4) + 1; change > 0; --change) {
    const std::size_t at = below(text.size() + 1);
    switch (below(4)) {
    case 0:
      text.insert(at, words[below(std::size(words))]);
      break;
    case 1:
      text.erase(at, below(16));
      break;
    case 2:
      text.insert(at, text, below(text.size() + 1), below(64));
      break;
    default:
      if (at < text.size()) text[at] = static_cast<char>(below(256));
    }
  }
  return text;
}

} // namespace

int main(int argc, char** argv) {
  constexpr int rounds = 10'000;
  constexpr std::size_t longest = 300;
  std::vector<std::filesystem::path> files;
  for (const char* directory : std::span{argv, static_cast<std::size_t>(argc)}.subspan(1)) {
    for (const auto& entry : std::filesystem::directory_iterator{directory})
      files.push_back(entry.path());
  }
  std::ranges::sort(files); // the order of a directory is another one each time
  std::vector<std::string> corpus;
  for (const auto& file : files) {
    std::ifstream in{file, std::ios::binary};
    corpus.emplace_back(std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{});
    run(corpus.back());
  }
  if (argc > 1 && corpus.empty()) {
    std::fputs("the corpus is empty\n", stderr);
    return 1;
  }
  for (int round = 0; round < rounds; ++round) {
    run(noise(longest));
    if (!corpus.empty()) run(damaged(corpus[below(corpus.size())]));
  }
  std::printf("%zu texts, %d inputs\n", corpus.size(), corpus.empty() ? rounds : 2 * rounds);
  return 0;
}
