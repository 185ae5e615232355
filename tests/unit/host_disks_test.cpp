// When what takes the room of a full disk is looked for again.
#include "host/disks.hpp"

#include <gtest/gtest.h>

namespace sshguardd::host {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mib = 1ULL << 20;
constexpr BootTime start{1h};

FileSystem full(std::uint64_t free) {
  FileSystem one;
  one.mount = "/";
  one.full = true;
  one.space = Space{.total = 1024 * mib, .free = free, .available = 0};
  return one;
}

Consumers found(bool offers_known) {
  Consumers one;
  one.largest = {
      {.path = "/var", .directory = true, .bytes = 500 * mib, .files = 3, .process = {}}};
  one.offers_known = offers_known;
  return one;
}

AskedRoom asked(Consumers answer) {
  AskedRoom one{.lines = 1, .consumers = {}, .until = start + 3s, .at = start, .free = 10 * mib};
  one.answer(std::move(answer));
  return one;
}

TEST(AskedRoom, is_asked_again_where_it_has_changed_or_was_not_found_out) {
  struct Row {
    const char* what;
    Consumers answer;
    std::uint64_t free;
    BootClock::duration later;
    bool again;
  } const rows[] = {
      {"known, and nothing has changed", found(true), 10 * mib, 59min, false},
      {"files become old", found(true), 10 * mib, 61min, true},
      {"somebody deletes", found(true), 20 * mib, 5s, false},
      {"somebody has deleted", found(true), 20 * mib, 7s, true},
      {"the child failed, a moment ago", {}, 10 * mib, 5s, false},
      {"the child failed", {}, 10 * mib, 7s, true},
      {"the time was not enough for the places", found(false), 10 * mib, 7s, true},
  };
  for (const Row& row : rows)
    EXPECT_EQ(asked(row.answer).outdated(full(row.free), start + row.later), row.again) << row.what;
  FileSystem filling = full(10 * mib);
  filling.full = false;
  EXPECT_FALSE(asked({}).outdated(filling, start + 2h)) << "nothing would be deleted";
}

TEST(AskedRoom, what_fails_on_and_on_is_asked_ever_more_seldom) {
  AskedRoom one = asked({});
  int times = 0;
  for (BootTime now = start; now < start + 1h; now += 1s) {
    if (!one.outdated(full(10 * mib), now)) continue;
    one.at = now;
    one.again = true;
    one.answer({});
    ++times;
  }
  EXPECT_GE(times, 10);
  EXPECT_LE(times, 13);
}

TEST(AskedRoom, an_answer_before_stands_and_yet_is_old) {
  AskedRoom one = asked(found(true));
  one.again = true;
  one.answer({}); // killed before it said anything
  ASSERT_TRUE(one.consumers);
  EXPECT_EQ(one.consumers->largest.size(), 1U);
  EXPECT_TRUE(one.outdated(full(10 * mib), start + 7s));
}

} // namespace
} // namespace sshguardd::host
