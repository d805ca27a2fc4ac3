// Does the field list depend on the method, and is an unknown method refused well?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "models/methods/train_backbone.h"
#include "sim/base/diagnostics.h"
#include "tests/unit/methods/small_task.h"

namespace remask {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// Names the fields, gives `method` and `levels` values, and collects faults.
class Recorder : public Fields {
public:
    explicit Recorder(std::string method, std::vector<double> levels = {})
        : method_(std::move(method)), levels_(std::move(levels)) {}

    std::vector<std::string> names;
    std::map<std::string, std::string> faults;

    void require(bool holds, std::string_view name, const std::string& message) override {
        if (!holds) faults[std::string(name)] = message;
    }

protected:
    void boolean(std::string_view name, bool&, const FieldOptions&) override { add(name); }
    void integer(std::string_view name, std::int64_t&, const FieldOptions&) override { add(name); }
    void real(std::string_view name, double& value, const FieldOptions&) override {
        if (in_levels_)
            value = levels_.at(std::stoul(std::string(name)));
        else
            add(name);
    }
    void text(std::string_view name, std::string& value, const FieldOptions&) override {
        add(name);
        if (name == "method") value = method_;
    }
    void path(std::string_view name, std::filesystem::path&, const FieldOptions&) override { add(name); }
    void quantity(std::string_view name, double&, const DimensionVector&, const FieldOptions&) override { add(name); }
    void choice(std::string_view name, int&, std::span<const std::string_view>, const FieldOptions&) override {
        add(name);
    }
    bool enter_struct(std::string_view name, const FieldOptions&) override {
        add(name);
        return false;
    }
    void leave_struct() override {}
    std::int64_t enter_list(std::string_view name, std::size_t, const FieldOptions&) override {
        add(name);
        if (levels_.empty()) return -1;
        in_levels_ = true;
        return static_cast<std::int64_t>(levels_.size());
    }
    void leave_list() override { in_levels_ = false; }
    std::optional<std::vector<std::string>> enter_map(std::string_view, const std::vector<std::string>&,
                                                      const FieldOptions&) override {
        return std::nullopt;
    }
    void leave_map() override {}
    bool has(std::string_view name, bool) override {
        add(name);
        return false;
    }

private:
    void add(std::string_view name) { names.emplace_back(name); }
    std::string method_;
    std::vector<double> levels_;
    bool in_levels_ = false;
};

Recorder described(const std::string& method, const std::vector<double>& levels = {}) {
    Recorder recorder(method, levels);
    MethodConfig config;
    describe(recorder, config);
    return recorder;
}

TEST(MethodConfig, HasTheFieldsOfItsMethod) {
    const std::vector<std::string> common{"method",       "label",      "epochs",   "batch", "learning_rate",
                                          "weight_decay", "batch_norm", "schedule", "learn"};
    EXPECT_EQ(described("classifier").names, common);
    const auto of_sgd = [&](std::vector<std::string> more) {
        std::vector<std::string> all = common;
        all.insert(all.end(), {"momentum", "nesterov"});
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    EXPECT_EQ(described("finetune").names, of_sgd({"sequential"}));
    EXPECT_EQ(described("series_adapter").names, of_sgd({"side"}));
    EXPECT_EQ(described("parallel_adapter").names, of_sgd({"side"}));
    EXPECT_EQ(described("sparcl").names,
              of_sgd({"sparsity", "allocation", "gradient_sparsity", "removed_share", "buffer"}));
    EXPECT_EQ(described("packnet").names, of_sgd({"prune_first", "prune_later"}));
    EXPECT_EQ(described("cpg").names,
              of_sgd({"mask_learning_rate", "goal", "margin", "held_out", "grow", "growth_step", "max_size"}));
    std::vector<std::string> da3 = common;
    da3.insert(da3.end(), {"side", "downsample", "first_block", "reduction"});
    EXPECT_EQ(described("da3").names, da3);
    const auto with = [&](std::vector<std::string> more) {
        std::vector<std::string> all = common;
        all.insert(all.end(), {"mask_learning_rate", "realisation"});
        all.insert(all.end(), more.begin(), more.end());
        return all;
    };
    EXPECT_EQ(described("piggyback").names, with({"ternary"}));
    EXPECT_EQ(described("supsup").names, with({"kept"}));
    EXPECT_EQ(described("ksm").names, with({"granularity", "soft", "scale_bits", "gumbel"}));
    EXPECT_EQ(described("xbm").names, with({}));
    EXPECT_EQ(described("xma").names, with({"levels", "sign", "real"}));
    EXPECT_EQ(described("xma2").names,
              with({"criterion", "pe_arrays", "budget", "warmup", "penalty", "levels", "sign", "real"}));
}

TEST(MethodConfig, DescribesEveryFieldOnceWhereTheMethodIsOpen) {
    const Recorder recorder = described("");
    EXPECT_TRUE(recorder.faults.empty());
    EXPECT_EQ(std::set<std::string>(recorder.names.begin(), recorder.names.end()).size(), recorder.names.size());
    EXPECT_THAT(recorder.names, AllOf(Contains("ternary"), Contains("soft"), Contains("levels")));
}

TEST(MethodConfig, NamesTheMethodThatWasMeant) {
    const Recorder recorder = described("pigyback");
    ASSERT_EQ(recorder.faults.count("method"), 1U);
    EXPECT_THAT(recorder.faults.at("method"), AllOf(HasSubstr("unknown method 'pigyback'"),
                                                    HasSubstr("did you mean 'piggyback'?"), HasSubstr("xma")));
    const test::SmallTask task;
    EXPECT_THROW(task.method(test::config_of("pigyback")), ConfigError);
    EXPECT_THROW(recipe_of(test::config_of("")), ConfigError);
}

TEST(MethodConfig, RefusesLevelsThatAShiftCannotApply) {
    EXPECT_TRUE(described("xma", {0.0, 0.25, 1.0, 4.0}).faults.empty());
    EXPECT_THAT(described("xma", {0.0, 0.3}).faults.at("levels"), HasSubstr("power of two"));
    EXPECT_THAT(described("xma", {1.0}).faults.at("levels"), HasSubstr("two levels"));
    EXPECT_THAT(described("xma", {1.0, 1.0}).faults.at("levels"), HasSubstr("twice"));
    const test::SmallTask task;
    MethodConfig config = test::config_of("xma");
    config.xma.levels = {0.0, 3.0};
    EXPECT_THROW(task.method(config), ConfigError);
}

TEST(Recipe, IsTheAuthorsUnlessOverridden) {
    const Recipe piggyback = recipe_of(test::config_of("piggyback"));
    EXPECT_EQ(piggyback.epochs, 30);
    EXPECT_EQ(piggyback.batch, 32);
    EXPECT_EQ(piggyback.learning_rate, 1e-4);
    EXPECT_EQ(piggyback.mask_learning_rate, 1e-4);
    EXPECT_EQ(piggyback.batch_norm, BatchNormChoice::frozen);
    const Recipe ksm = recipe_of(test::config_of("ksm"));
    EXPECT_EQ(ksm.mask_learning_rate, 2e-4);
    EXPECT_EQ(ksm.schedule, ScheduleKind::cosine);
    EXPECT_EQ(ksm.batch_norm, BatchNormChoice::train);
    EXPECT_EQ(recipe_of(test::config_of("xma")).mask_learning_rate, 1e-2);
    EXPECT_EQ(recipe_of(test::config_of("xma")).learning_rate, 2e-4);
    MethodConfig config = test::config_of("piggyback");
    config.epochs = 3;
    config.batch_norm = BatchNormChoice::train;
    EXPECT_EQ(recipe_of(config).epochs, 3);
    EXPECT_EQ(recipe_of(config).batch_norm, BatchNormChoice::train);
    EXPECT_EQ(recipe_of(config).batch, 32);
}

}  // namespace
}  // namespace remask
