// Runs a fuzz harness without libFuzzer: over a fixed number of inputs made from a fixed seed, so
// that it is a plain test that finds the same each time. Under the sanitizers of the preset "asan"
// it bites.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main() {
  constexpr int rounds = 20'000;
  constexpr std::size_t longest = 300;
  // What the parsers have words for, between bytes that nobody expects.
  constexpr std::string_view words[] = {
      "Include ",  "\"",     "'",        "\\",      "\n",       "\r\n",         "=",
      "$",         "${A}",   " -o ",     "-p22",    "SSH-2.0-", "line 12: ",    "#",
      "/etc/ssh/", "*.conf", "console=", ",115200", "\0",       "\xef\xbb\xbf", "\xff",
      ": ",        "-t",     "-f",       " ",       "\t",       "A=b"};
  std::mt19937 random{20'261'121};
  for (int round = 0; round < rounds; ++round) {
    std::string input;
    const std::size_t length = random() % longest;
    while (input.size() < length) {
      if (random() % 3 == 0)
        input += static_cast<char>(random() % 256);
      else
        input += words[random() % std::size(words)];
    }
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  }
  std::printf("%d inputs\n", rounds);
  return 0;
}
