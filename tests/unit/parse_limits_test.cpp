#include "parse/limits.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace sshguardd::parse {
namespace {

TEST(Limits, numbers_of_the_kernel) {
  EXPECT_EQ(limit_number("4915\n", Column::first), 4915U);
  EXPECT_EQ(limit_number("18446744073709551615", Column::first),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(limit_number("9152\t0\t9223372036854775807\n", Column::first), 9152U);
  EXPECT_EQ(limit_number("9152\t0\t9223372036854775807\n", Column::third),
            9'223'372'036'854'775'807U);
  EXPECT_EQ(limit_number("0.85 4.04 4.64 1/345 6789\n", Column::tasks), 345U);
}

TEST(Limits, what_is_no_number_is_no_limit) {
  for (const char* text : {"", "\n", "max\n", "-1", "12x", "18446744073709551616", " \t "})
    EXPECT_EQ(limit_number(text, Column::first), std::nullopt) << text;
  EXPECT_EQ(limit_number("1 2", Column::third), std::nullopt);
  for (const char* text : {"", "1 2 3", "1 2 3 45 6", "1 2 3 4/ 6", "1 2 3 /x 6"})
    EXPECT_EQ(limit_number(text, Column::tasks), std::nullopt) << text;
}

TEST(Limits, reached_where_no_session_fits) {
  EXPECT_FALSE(is_reached(97, 100, left_for_a_session));
  EXPECT_TRUE(is_reached(98, 100, left_for_a_session));
  EXPECT_TRUE(is_reached(100, 100, left_for_a_session));
  EXPECT_TRUE(is_reached(200, 100, left_for_a_session)); // lowered afterwards
  EXPECT_TRUE(is_reached(0, 1, left_for_a_session));
  EXPECT_FALSE(is_reached(0, std::numeric_limits<std::uint64_t>::max(), left_for_the_machine));
}

TEST(Limits, whose_slice) {
  EXPECT_EQ(uid_of_slice("user-1000.slice"), 1000U);
  EXPECT_EQ(uid_of_slice("user-0.slice"), 0U);
  for (const char* name : {"user-.slice", "user.slice", "user-1000.slicex", "user-a.slice",
                           "user-1000@.slice", "user-4294967296.slice", "user-", "."})
    EXPECT_EQ(uid_of_slice(name), std::nullopt) << name;
}

} // namespace
} // namespace sshguardd::parse
