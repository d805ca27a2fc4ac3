// Is a point done only with results of the experiment as it is?
#include "sim/app/sweep/sweep_points.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "sim/base/files.h"

namespace remask {
namespace {

namespace fs = std::filesystem;

class PointOfASweep : public testing::Test {
protected:
    PointOfASweep() : folder_(fs::path(testing::TempDir()) / "remask_point_of_a_sweep") {
        fs::remove_all(folder_);
        fs::create_directories(folder_ / "points/0000");
        sweep_.name = "s";
        sweep_.experiment = folder_ / "e.yaml";
        sweep_.axes = {{"seed", {}, {"1"}}};
        options_.out = folder_;
        write_experiment("a");
    }
    ~PointOfASweep() override { fs::remove_all(folder_); }

    void write_experiment(const std::string& name) const {
        write_file(sweep_.experiment,
                   "extends: " REMASK_SOURCE_DIR "/experiments/quickstart/experiment.yaml\nname: " + name + "\n");
    }
    void write_results() const {
        write_file(folder_ / "points/0000/results.json", "{}");
        write_file(folder_ / "points/0000/tasks.csv", "task\n");
    }
    bool is_done() const { return SweepPoints(sweep_, options_).is_done(0); }

    fs::path folder_;
    Sweep sweep_;
    SweepOptions options_;
};

TEST_F(PointOfASweep, IsDoneOnceItsRunHasEnded) {
    SweepPoints points(sweep_, options_);
    points.mark_begun(0);
    EXPECT_FALSE(is_done());
    write_results();
    points.mark_done(0);
    EXPECT_TRUE(is_done());
    write_experiment("b");
    EXPECT_FALSE(is_done());
}

TEST_F(PointOfASweep, IsNotDoneWhereTheExperimentChangedWhileItRan) {
    SweepPoints points(sweep_, options_);
    points.mark_begun(0);
    write_experiment("b");
    write_results();
    points.mark_done(0);
    EXPECT_FALSE(is_done());
}

}  // namespace
}  // namespace remask
