// Is a scalar read as what a person means by it, and nothing else?
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "sim/base/random.h"
#include "sim/config/scalars.h"

namespace remask {
namespace {

Node plain(const std::string& text) {
    Node node;
    node.kind = Node::Kind::scalar;
    node.text = text;
    return node;
}

TEST(Integer, DecimalOnly) {
    for (const auto& [text, value] : std::initializer_list<std::pair<const char*, std::int64_t>>{
             {"0", 0}, {"-0", 0}, {"+7", 7}, {"-12", -12}, {"9223372036854775807", 9223372036854775807}}) {
        const auto result = read_integer(plain(text), {});
        ASSERT_TRUE(std::holds_alternative<std::int64_t>(result)) << text;
        EXPECT_EQ(std::get<std::int64_t>(result), value) << text;
    }
    for (const char* text :
         {"010", "-01", "0x10", "0o17", "1e3", "1.0", "1_000", "", "+", "--1", "+-1", "1 ", "9223372036854775808"}) {
        EXPECT_TRUE(std::holds_alternative<ScalarFault>(read_integer(plain(text), {}))) << text;
    }
}

TEST(Integer, RangeIsInclusive) {
    const FieldOptions options{.doc = "", .min = 1, .max = 16};
    EXPECT_EQ(std::get<std::int64_t>(read_integer(plain("1"), options)), 1);
    EXPECT_EQ(std::get<std::int64_t>(read_integer(plain("16"), options)), 16);
    EXPECT_EQ(std::get<ScalarFault>(read_integer(plain("17"), options)).message, "is 17 but must be 1 to 16");
    EXPECT_EQ(std::get<ScalarFault>(read_integer(plain("0"), options)).message, "is 0 but must be 1 to 16");
}

TEST(Real, DecimalAndFinite) {
    EXPECT_EQ(std::get<double>(read_real(plain("0.1"), {})), 0.1);
    EXPECT_EQ(std::get<double>(read_real(plain("-2.5e-3"), {})), -2.5e-3);
    EXPECT_EQ(std::get<double>(read_real(plain("1E+3"), {})), 1000.0);
    EXPECT_EQ(std::get<double>(read_real(plain(".5"), {})), 0.5);
    EXPECT_EQ(std::get<double>(read_real(plain("3"), {})), 3.0);
    for (const char* text : {"inf", ".nan", "1e999", "01.5", "1.2.3", "1e", "e5", "0x1p3", "1,5", "", ".", "-"}) {
        EXPECT_TRUE(std::holds_alternative<ScalarFault>(read_real(plain(text), {}))) << text;
    }
}

TEST(Real, ExactTextGivesTheSameBits) {
    RandomStream random(1, "test");
    for (int i = 0; i < 10000; ++i) {
        const double value = std::ldexp(random.uniform() - 0.5, static_cast<int>(random.below(600)) - 300);
        EXPECT_EQ(std::get<double>(read_real(plain(exact_real(value)), {})), value);
    }
    for (const double value :
         {0.0, std::numeric_limits<double>::max(), std::numeric_limits<double>::min(), 1.0 / 3.0}) {
        EXPECT_EQ(std::get<double>(read_real(plain(exact_real(value)), {})), value);
    }
}

TEST(Boolean, TwoWordsOnly) {
    EXPECT_TRUE(std::get<bool>(read_boolean(plain("true"))));
    EXPECT_FALSE(std::get<bool>(read_boolean(plain("false"))));
    for (const char* text : {"True", "yes", "on", "1", "0", ""}) {
        EXPECT_TRUE(std::holds_alternative<ScalarFault>(read_boolean(plain(text)))) << text;
    }
}

}  // namespace
}  // namespace remask
