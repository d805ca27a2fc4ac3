// Are masks that the arrays cannot apply refused, with the remedy?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/base/diagnostics.h"
#include "tests/unit/methods/small_task.h"

namespace remask {
namespace {

using test::config_of;
using test::SmallTask;
using testing::AllOf;
using testing::HasSubstr;

MethodConfig with(const std::string& method, Realisation realisation) {
    MethodConfig config = config_of(method);
    config.realisation = realisation;
    return config;
}

std::string refusal(const SmallTask& task, const MethodConfig& config) {
    try {
        task.method(config);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(Realisation, FollowsTheGranularity) {
    EXPECT_EQ(realisation_of(config_of("piggyback")), Realisation::reprogram);
    EXPECT_EQ(realisation_of(config_of("finetune")), Realisation::reprogram);
    EXPECT_EQ(realisation_of(config_of("ksm")), Realisation::row_groups);
    EXPECT_EQ(realisation_of(config_of("xbm")), Realisation::periphery);
    EXPECT_EQ(realisation_of(config_of("xma")), Realisation::periphery);
    MethodConfig channel = config_of("ksm");
    channel.ksm.granularity = KsmGranularity::channel;
    EXPECT_EQ(realisation_of(channel), Realisation::periphery);
    EXPECT_EQ(realisation_of(with("ksm", Realisation::reprogram)), Realisation::reprogram);
}

TEST(Realisation, RefusesWeightMasksAtThePeriphery) {
    const SmallTask task;
    EXPECT_THAT(refusal(task, with("piggyback", Realisation::periphery)),
                AllOf(HasSubstr("layer conv1"), HasSubstr("one mask entry covers 1 rows"), HasSubstr("reprogram")));
    EXPECT_THAT(refusal(task, with("ksm", Realisation::periphery)), HasSubstr("row_groups or reprogram"));
}

TEST(Realisation, RefusesRowGroupsThatStraddleKernels) {
    const SmallTask whole_arrays;
    EXPECT_THAT(refusal(whole_arrays, config_of("ksm")),
                AllOf(HasSubstr("rows 0 to 17 are driven together"), HasSubstr("active_rows: 9"),
                      HasSubstr("row_packing: kernel")));
    const SmallTask kernel_by_kernel(-1);
    EXPECT_EQ(refusal(kernel_by_kernel, config_of("ksm")), "accepted");
    EXPECT_THAT(refusal(kernel_by_kernel, with("piggyback", Realisation::row_groups)), HasSubstr("active_rows: 1"));
    const SmallTask row_by_row(1);
    EXPECT_EQ(refusal(row_by_row, with("piggyback", Realisation::row_groups)), "accepted");
}

TEST(Realisation, RefusesToFinetuneWithoutReprogramming) {
    const SmallTask task;
    EXPECT_THAT(refusal(task, with("finetune", Realisation::periphery)), HasSubstr("reprogramming"));
}

TEST(Realisation, SaysWhichRowsItNeedsDrivenTogether) {
    EXPECT_EQ(required_active_rows(config_of("ksm"), 9), 9);
    EXPECT_EQ(required_active_rows(config_of("ksm"), 1), 1);
    EXPECT_EQ(required_active_rows(with("piggyback", Realisation::row_groups), 9), 1);
    EXPECT_EQ(required_active_rows(config_of("piggyback"), 9), std::nullopt);
    EXPECT_EQ(required_active_rows(config_of("xbm"), 9), std::nullopt);
    EXPECT_EQ(required_active_rows(config_of("classifier"), 9), std::nullopt);
}

}  // namespace
}  // namespace remask
