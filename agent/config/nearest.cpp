#include "config/nearest.hpp"

#include "parse/ascii.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace sshguardd::config {
namespace {

constexpr std::size_t longest = 64; // of a name worth comparing: the cost is the product of both

// '-', '_' and capitals are what people mix up: they cost nothing.
bool alike(char a, char b) {
  const auto plain = [](char c) { return c == '-' ? '_' : parse::lower(c); };
  return plain(a) == plain(b);
}

// Optimal string alignment: insert, delete, replace, swap of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = above[j - 1] + (alike(a[i - 1], b[j - 1]) ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, change});
      if (i > 1 && j > 1 && alike(a[i - 1], b[j - 2]) && alike(a[i - 2], b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

} // namespace

std::string_view nearest(std::string_view typed, std::span<const std::string_view> known) {
  if (typed.size() > longest) return {};
  std::string_view best;
  std::size_t least = 0;
  for (const std::string_view name : known) {
    const std::size_t far = distance(typed, name);
    if (far <= std::max<std::size_t>(1, name.size() / 4) && (best.empty() || far < least)) {
      best = name;
      least = far;
    }
  }
  return best;
}

} // namespace sshguardd::config
