// Is a fault printed with its place, and are all carried by the exception?
#include <gtest/gtest.h>

#include "sim/base/diagnostics.h"

namespace remask {
namespace {

TEST(Diagnostic, PrintsWhatItKnows) {
    EXPECT_EQ(to_string(Diagnostic{{"a.yaml", 3, 7}, "x.y", "is wrong"}), "a.yaml:3:7: error: x.y: is wrong");
    EXPECT_EQ(to_string(Diagnostic{{"a.yaml", 3, 0}, "", "is wrong"}), "a.yaml:3: error: is wrong");
    EXPECT_EQ(to_string(Diagnostic{{"a.yaml", 0, 0}, "x", "is wrong"}), "a.yaml: error: x: is wrong");
    EXPECT_EQ(to_string(Diagnostic{{}, "", "is wrong"}), "error: is wrong");
}

TEST(Error, CarriesEveryDiagnostic) {
    const ConfigError error(std::vector<Diagnostic>{{{"a", 1, 1}, "", "one"}, {{"a", 2, 1}, "", "two"}});
    EXPECT_EQ(error.diagnostics().size(), 2u);
    EXPECT_STREQ(error.what(), "a:1:1: error: one\na:2:1: error: two");
    const RunError plain("disk full");
    ASSERT_EQ(plain.diagnostics().size(), 1u);
    EXPECT_EQ(plain.diagnostics()[0].message, "disk full");
}

TEST(InternalError, AsksForAReport) {
    EXPECT_STREQ(InternalError("n < 0").what(), "bug in remask, please report: n < 0");
}

TEST(Interrupt, IsAskedForAndTakenBack) {
    EXPECT_NO_THROW(check_interrupt());
    request_interrupt();
    EXPECT_TRUE(interrupt_requested());
    EXPECT_THROW(check_interrupt(), Interrupted);
    clear_interrupt();
    EXPECT_NO_THROW(check_interrupt());
}

}  // namespace
}  // namespace remask
