// --trace: is the file what Chrome's trace-event format asks for?
//
// "Trace Event Format" (Google): a JSON object with traceEvents, each with a phase `ph`, a time `ts` in microseconds, a
// process and a thread; complete events (X) have a duration; metadata events (M) name processes and threads. Slices of
// one thread must nest or lie apart. Perfetto keeps whole nanoseconds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "program.h"
#include "sim/base/files.h"

namespace remask::test {
namespace {

using Json = nlohmann::ordered_json;
using Track = std::pair<std::int64_t, std::int64_t>;  // process, thread

struct Slice {
    std::int64_t start = 0, end = 0;  ///< ns
    std::string name;
};

/// Whole nanoseconds of a time in microseconds, which must be some.
std::int64_t nanoseconds(const Json& microseconds) {
    const double ns = microseconds.get<double>() * 1000.0;
    EXPECT_NEAR(ns, std::round(ns), 1e-3);
    return std::llround(ns);
}

class TraceFile : public testing::Test {
protected:
    void make(const std::string& hardware, const std::vector<std::string>& settings,
              const std::string& network = "architecture: resnet20, channels: 3, height: 32, width_pixels: 32") {
        const std::string yaml = scratch_.write(
            "e.yaml", "name: traced\nbackbone:\n  network: {" + network + "}\nhardware: {extends: " + hardware + "}\n");
        const std::string file = (scratch_.path() / "trace.json").string();
        std::vector<std::string> words{"estimate", yaml, "--out",  (scratch_.path() / "out").string(),
                                       "--trace",  file, "--quiet"};
        for (const std::string& set : settings) words.insert(words.end(), {"--set", set});
        const ProgramRun run = run_program(words);
        ASSERT_EQ(run.exit_code, 0) << run.standard_error;
        events_ = Json::parse(read_file(file)).at("traceEvents");
        ASSERT_TRUE(events_.is_array());
        for (const Json& event : events_) read(event);
    }

    void read(const Json& event) {
        for (const char* key : {"name", "ph"}) ASSERT_TRUE(event.at(key).is_string()) << event;
        ASSERT_TRUE(event.at("ts").is_number()) << event;
        const Track track{event.at("pid").get<std::int64_t>(), event.at("tid").get<std::int64_t>()};
        if (event["ph"] == "M") return read_name(event, track);
        ASSERT_EQ(event["ph"], "X") << event;
        ASSERT_TRUE(event.at("dur").is_number()) << event;
        ASSERT_GE(event["dur"].get<double>(), 0.0) << event;
        ASSERT_GE(event["ts"].get<double>(), 0.0) << event;
        const std::int64_t start = nanoseconds(event["ts"]);
        slices_[track].push_back({start, start + nanoseconds(event["dur"]), event["name"]});
        ++of_kind_[event.at("cat")];
    }

    void read_name(const Json& event, const Track& track) {
        const std::string name = event.at("args").at("name");
        EXPECT_FALSE(name.empty());
        if (event["name"] == "process_name") {
            EXPECT_TRUE(processes_.emplace(track.first, name).second) << "named twice: " << event;
        } else {
            ASSERT_EQ(event["name"], "thread_name") << event;
            EXPECT_TRUE(threads_.emplace(track, name).second) << "named twice: " << event;
        }
    }

    void expect_tracks() {
        for (auto& [track, slices] : slices_) {
            EXPECT_TRUE(processes_.count(track.first) > 0) << track.first;
            ASSERT_TRUE(threads_.count(track) > 0) << track.second;
            std::sort(slices.begin(), slices.end(), [](const Slice& a, const Slice& b) {
                return a.start != b.start ? a.start < b.start : a.end > b.end;
            });
            std::vector<Slice> open;
            for (const Slice& slice : slices) {
                while (!open.empty() && open.back().end <= slice.start) open.pop_back();
                if (!open.empty()) {
                    EXPECT_LE(slice.end, open.back().end)
                        << threads_[track] << ": '" << slice.name << "' crosses '" << open.back().name << "'";
                }
                open.push_back(slice);
            }
        }
        for (const auto& thread : threads_) EXPECT_TRUE(slices_.count(thread.first) > 0) << thread.second;
    }

    ScratchFolder scratch_;
    Json events_;
    std::map<Track, std::vector<Slice>> slices_;
    std::map<std::int64_t, std::string> processes_;
    std::map<Track, std::string> threads_;
    std::map<std::string, int> of_kind_;
};

TEST_F(TraceFile, OfIsaacIsWellFormed) {
    make("isaac.yaml", {});
    expect_tracks();
    for (const char* kind : {"arrays", "buses", "links", "input", "digital units"}) {
        EXPECT_GT(of_kind_[kind], 0) << kind;
    }
    int conv1_rows = 0;
    for (const Json& event : events_) {
        conv1_rows += event["ph"] == "X" && event["cat"] == "arrays" && event["args"]["layer"] == "conv1" ? 1 : 0;
    }
    EXPECT_EQ(conv1_rows, 3 * 32);  // three images
}

// Times that are no whole nanoseconds, replicas, units that do one thing at a time.
TEST_F(TraceFile, OfPumaWithReplicasIsWellFormed) {
    make("puma.yaml",
         {"mapping.replication=balance", "mapping.array_budget=3000", "hardware.chip.link_bandwidth=3.7 Gbit/s"});
    expect_tracks();
    EXPECT_GT(of_kind_["digital units"], 0);
}

// Halves of a nanosecond: slices that touch must round to the same one.
TEST_F(TraceFile, OfABalancedIsaacIsWellFormed) {
    make("isaac.yaml", {"mapping.replication=balance"},
         "architecture: resnet8, channels: 1, height: 28, width_pixels: 28");
    expect_tracks();
}

// Rounds lie one behind the other: programming, then rows.
TEST_F(TraceFile, OfRoundsIsWellFormed) {
    make("isaac.yaml", {"mapping.images_per_round=16", "hardware.chip.tiles=1"});
    expect_tracks();
    EXPECT_EQ(of_kind_["rounds"], 2 * 3);
    std::vector<Slice> phases;
    for (const auto& [track, slices] : slices_) {
        if (processes_[track.first] == "rounds") phases = slices;
    }
    ASSERT_EQ(phases.size(), 6u);
    for (std::size_t i = 1; i < phases.size(); ++i) EXPECT_EQ(phases[i].start, phases[i - 1].end);
    for (const auto& [track, slices] : slices_) {
        if (processes_[track.first] == "rounds") continue;
        for (const Slice& slice : slices) {
            EXPECT_TRUE((slice.start >= phases[1].start && slice.end <= phases[1].end) ||
                        (slice.start >= phases[3].start && slice.end <= phases[3].end) ||
                        (slice.start >= phases[5].start && slice.end <= phases[5].end))
                << threads_[track] << ", " << slice.name;
        }
    }
}

}  // namespace
}  // namespace remask::test
