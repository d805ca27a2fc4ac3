// A struct with one field of every kind, for the tests of this folder.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/fields.h"

namespace remask {

enum class Mode { fast, exact, slow };
template <>
struct EnumWords<Mode> {
    static constexpr std::array<std::string_view, 3> words{"fast", "exact", "slow"};
};

struct Adc {
    int bits = 0;
    Energy energy;
    std::optional<Frequency> clock;
};

struct Stage {
    std::string name;
    double gain = 1.0;
};

struct Machine {
    int rows = 0;
    int active_rows = 0;
    std::uint64_t seed = 1;
    bool verbose = false;
    double scale = 0.5;
    Time pulse;
    Mode mode = Mode::fast;
    std::string label = "machine";
    std::filesystem::path weights;
    std::vector<double> levels{0.0, 1.0};
    std::map<std::string, Energy> table;
    Adc adc;
    std::optional<Adc> spare;
    std::vector<Stage> stages;
};

void describe(Fields& fields, Adc& adc);
void describe(Fields& fields, Stage& stage);
void describe(Fields& fields, Machine& machine);

/// The least that a file must say.
inline constexpr const char* minimal_machine =
    "rows: 128\n"
    "pulse: 10 ns\n"
    "mode: exact\n"
    "adc: {bits: 8, energy: 2 pJ}\n";

}  // namespace remask
