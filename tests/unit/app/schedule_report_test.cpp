// Does what is written of a schedule keep arrays, digital units and what moves data apart?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/report/writers.h"

namespace remask {
namespace {

using testing::HasSubstr;
using testing::Not;

ScheduledStage stage(const std::string& name, bool on_arrays, double utilisation) {
    ScheduledStage made;
    made.name = name;
    made.on_arrays = on_arrays;
    made.utilisation = utilisation;
    return made;
}

/// An addition sets the pace.
ChipSchedule schedule() {
    ScheduleResult result;
    result.stages = {stage("conv1", true, 0.2), stage("conv2", true, 0.25), stage("sum", false, 1.0)};
    result.resources = {{"bus of tile 0", 4096, 0.125, false}, {"addition of tile 0", 0, 1.0, true}};
    ChipSchedule schedule;
    schedule.rounds = {result};
    return schedule;
}

/// The part of `page` behind `title`, up to the next title.
std::string part(const std::string& page, const std::string& title) {
    const std::size_t at = page.find("<h3>" + title);
    EXPECT_NE(at, std::string::npos) << title;
    return at == std::string::npos ? "" : page.substr(at, page.find("<h3>", at + 1) - at);
}

TEST(ScheduleWords, NameTheBusiestArraysAndTheBusiestOfAllElse) {
    EXPECT_THAT(schedule_words(schedule()),
                HasSubstr("busiest arrays: conv2, 25 % of the time; busiest bus, link or digital unit: addition of "
                          "tile 0, 100 %\n"));
}

TEST(SchedulePage, HasATableForEachKindOfThing) {
    const std::string page = schedule_to_html(schedule());
    const std::string arrays = part(page, "Layers on arrays"), digital = part(page, "Additions and digital layers");
    EXPECT_THAT(arrays, testing::AllOf(HasSubstr("<td>conv1"), HasSubstr("<td>conv2"), Not(HasSubstr("<td>sum"))));
    EXPECT_THAT(digital, testing::AllOf(Not(HasSubstr("conv")), HasSubstr("<td>sum")));
    EXPECT_THAT(part(page, "Digital units"), testing::AllOf(HasSubstr("addition of tile 0"), Not(HasSubstr("bus"))));
    EXPECT_THAT(part(page, "Buses"), testing::AllOf(Not(HasSubstr("addition")), HasSubstr("bus of tile 0")));
}

TEST(TaskTables, HaveAColumnForANetworksSize) {
    Results results;
    results.mapping.pictures.resize(1);  // of a chip with nothing on it
    results.tasks.resize(2);
    results.tasks[0].method = "cpg";
    results.tasks[0].growth = GrowthResult{1, 1.5, 1.2247};
    results.tasks[1].method = "xma";
    const std::string csv = to_csv(results);
    EXPECT_THAT(csv, HasSubstr(",network_size\r\n"));
    EXPECT_THAT(csv, HasSubstr(",1.5\r\n"));
    EXPECT_TRUE(csv.ends_with(",\r\n"));
    EXPECT_THAT(to_html(results), testing::AllOf(HasSubstr("network size"), HasSubstr(">1.50<")));
    results.tasks[0].growth.reset();
    EXPECT_THAT(to_html(results), Not(HasSubstr("network size")));
}

}  // namespace
}  // namespace remask
