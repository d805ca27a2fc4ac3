// Does docs/interface.md name every key of results.json and every data set of results.h5?
#include "documented_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/storage/hdf5_file.h"
#include "small_experiment.h"

namespace remask::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DocumentedRun : public testing::Test {
protected:
    static std::filesystem::path out() {
        static const ScratchFolder scratch;
        static const std::filesystem::path folder = scratch.path() / "out";
        if (std::filesystem::exists(folder)) return folder;
        const std::string yaml = scratch.write(
            "e.yaml",
            small_experiment("[{method: finetune, epochs: 1}, {method: xma, epochs: 1}, {method: ksm, "
                             "epochs: 1}, {method: da3, epochs: 1}, {method: packnet, epochs: 2}]",
                             "schedule: {visits: [{task: low, inferences: 10}, {task: high, inferences: 20}], "
                             "cycles_per_day: 5, days: 2, wear_levelling: {spare_pes: 1, cycles_per_move: 1}}\n"
                             "mapping: {resident_tasks: 2}\n"));
        const ProgramRun run = run_program({"run", yaml, "--out", folder.string(), "--quiet"});
        EXPECT_EQ(run.exit_code, 0) << run.standard_error;
        return folder;
    }
};

TEST_F(DocumentedRun, HasNoKeyAndNoDataThatThePageDoesNotName) {
    const Json results = results_of(out());
    ASSERT_EQ(results["tasks"].size(), 10u);
    EXPECT_TRUE(results["tasks"][0].contains("resident_programming"));
    EXPECT_THAT(undocumented_data(out() / "results.h5"), IsEmpty());
}

TEST_F(DocumentedRun, AKeyAtAnotherPlaceIsNotTakenForANamedOne) {
    Json results = results_of(out());
    results["new"] = 1;
    results["tasks"][1]["pes"] = 2;  // named, but of the mapping
    results["backbone"]["first_programming"]["wall_s"] = 1.0;
    results["backbone"]["inference"]["counts"]["any action"] = 1;
    results["tasks"][0]["inference"]["energy_by_action"]["any action"]["each"] = 1;
    EXPECT_THAT(undocumented_keys(results),
                ElementsAre("/backbone/first_programming/wall_s", "/tasks/inference/energy_by_action/any action/each",
                            "/tasks/pes", "/new"));
}

TEST(DocumentedData, AreTakenByTheirWholePath) {
    const ScratchFolder scratch;
    Hdf5Writer writer(scratch.path() / "r.h5");
    for (const char* name : {"/layers/a.b/rows", "/layers/a.b/counts/bus", "/layers/rows", "/layers/a.b/other",
                             "/switches/xma/time_s", "/switches/xma/time_s2"}) {
        writer.write_scalar<double>(name, 1.0);
    }
    writer.commit();
    EXPECT_THAT(undocumented_data(scratch.path() / "r.h5"),
                ElementsAre("/layers/a.b/other", "/layers/rows", "/switches/xma/time_s2"));
}

}  // namespace
}  // namespace remask::test
