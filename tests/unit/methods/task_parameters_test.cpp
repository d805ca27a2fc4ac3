// Does a file give back every bit?
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "models/methods/task_parameters.h"
#include "sim/base/diagnostics.h"
#include "sim/storage/hdf5_file.h"
#include "tests/unit/methods/small_task.h"

namespace remask {
namespace {

using test::config_of;
using test::SmallTask;

class TaskParametersFile : public testing::Test {
protected:
    TaskParametersFile() : path_(std::filesystem::path(testing::TempDir()) / "remask_task_parameters_test.h5") {}
    ~TaskParametersFile() override { std::filesystem::remove(path_); }
    std::filesystem::path path_;
};

void expect_same(const ParameterMap& a, const ParameterMap& b) {
    ASSERT_EQ(a.size(), b.size());
    for (const auto& [name, tensor] : a) {
        EXPECT_EQ(tensor.shape, b.at(name).shape) << name;
        EXPECT_EQ(tensor.values, b.at(name).values) << name;
    }
}

void expect_same(const TaskParameters& a, const TaskParameters& b) {
    EXPECT_EQ(a.method, b.method);
    EXPECT_EQ(a.label, b.label);
    EXPECT_EQ(a.classes, b.classes);
    EXPECT_EQ(a.granularity, b.granularity);
    EXPECT_EQ(a.realisation, b.realisation);
    expect_same(a.effective, b.effective);
    expect_same(a.on_chip, b.on_chip);
    EXPECT_EQ(a.reprogrammed, b.reprogrammed);
    ASSERT_EQ(a.masks.size(), b.masks.size());
    for (std::size_t i = 0; i < a.masks.size(); ++i) {
        EXPECT_EQ(a.masks[i].slot, b.masks[i].slot);
        EXPECT_EQ(a.masks[i].unit, b.masks[i].unit);
        EXPECT_EQ(a.masks[i].per_row_group, b.masks[i].per_row_group);
        EXPECT_EQ(a.masks[i].factors, b.masks[i].factors);
        EXPECT_EQ(a.masks[i].entries, b.masks[i].entries);
        EXPECT_EQ(a.masks[i].bits, b.masks[i].bits);
        EXPECT_EQ(a.masks[i].bits_per_entry, b.masks[i].bits_per_entry);
    }
    EXPECT_EQ(a.mask_bits, b.mask_bits);
    EXPECT_EQ(a.bits_per_weight, b.bits_per_weight);
    EXPECT_EQ(a.constants_bits, b.constants_bits);
    EXPECT_EQ(a.training.macs, b.training.macs);
    EXPECT_EQ(a.training.peak_activation_bytes, b.training.peak_activation_bytes);
    EXPECT_EQ(a.training.epochs, b.training.epochs);
    EXPECT_EQ(a.training.images, b.training.images);
    EXPECT_EQ(a.training.wall_s, b.training.wall_s);
    EXPECT_EQ(a.training.loss, b.training.loss);
}

TEST_F(TaskParametersFile, GivesBackEveryBit) {
    const SmallTask task(-1);
    const LearningInput input{.network = task.network,
                              .backbone = task.backbone,
                              .images = {},
                              .labels = {},
                              .classes = 3,
                              .geometry = task.geometry};
    std::vector<TaskParameters> tasks;
    for (const char* name : {"classifier", "finetune", "piggyback", "ksm", "xbm", "xma"}) {
        tasks.push_back(assume_task(config_of(name), input, 0.3));
        tasks.back().label = std::string("my ") + name;
        tasks.back().training = {1.5e13, std::int64_t{1} << 40, 30, 12345, 0.1, {2.0, 1.0 / 3.0}};
    }
    {
        Hdf5Writer writer(path_);
        for (std::size_t i = 0; i < tasks.size(); ++i)
            save_task_parameters(writer, "/tasks/" + std::to_string(i), tasks[i]);
        writer.commit();
    }
    const Hdf5Reader reader(path_);
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        SCOPED_TRACE(tasks[i].method);
        expect_same(tasks[i], load_task_parameters(reader, "/tasks/" + std::to_string(i)));
    }
    EXPECT_THROW(load_task_parameters(reader, "/tasks/99"), InputError);
}

}  // namespace
}  // namespace remask
