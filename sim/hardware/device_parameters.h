// The effects of real ReRAM cells (docs/devices.md). Every one is off by default, and off to the bit at strength 0.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/base/fields.h"
#include "sim/base/quantity.h"
#include "sim/hardware/converter_errors.h"

namespace remask {

/// What the standard deviation of a programming error is.
enum class ErrorModel {
    constant,      ///< a share of Gmax − Gmin, whatever the level
    proportional,  ///< a share of the conductance that was asked for
    table,         ///< given for each level
};
template <>
struct EnumWords<ErrorModel> {
    static constexpr std::array<std::string_view, 3> words{"constant", "proportional", "table"};
};

/// Error of a cell that one level was written to, as shares of Gmax − Gmin.
struct LevelError {
    double mean = 0.0;
    double deviation = 0.0;  ///< standard deviation
};

/// Gaussian error of a cell's conductance after programming.
struct ProgrammingError {
    ErrorModel model = ErrorModel::constant;
    double strength = 0.0;  ///< standard deviation as a share, see ErrorModel; of a table: factor on its entries
    std::vector<LevelError> levels{};     ///< `table`: by level; empty: from levels_file
    std::filesystem::path levels_file{};  ///< `table`: CSV "level,mean,deviation"; empty: none
};

/// Programming until a read finds the cell near its target. Needs a programming error.
struct WriteVerify {
    double tolerance = 0.0;  ///< accepted distance from the target as a share of Gmax − Gmin
    int most_pulses = 0;     ///< then the cell stays as it is
};

/// G(t) = G(t0)·(t/t0)^−ν.
struct Drift {
    Time time;                     ///< t, since programming
    Time reference_time;           ///< t0
    double exponent = 0.0;         ///< mean of ν
    double exponent_spread = 0.0;  ///< standard deviation of ν from cell to cell
};

/// What the standard deviation of a read's noise is a share of.
enum class NoiseModel {
    constant,      ///< of Gmax − Gmin
    proportional,  ///< of the cell's conductance
};
template <>
struct EnumWords<NoiseModel> {
    static constexpr std::array<std::string_view, 2> words{"constant", "proportional"};
};

/// Gaussian noise of each cell at each read, independent of all others.
struct ReadNoise {
    NoiseModel model = NoiseModel::constant;
    double strength = 0.0;  ///< standard deviation as a share, see NoiseModel
};

/// Random telegraph noise: a trap lowers its cell's conductance while it is captured, each read anew.
struct TelegraphNoise {
    double share = 0.0;      ///< of cells that have a trap
    double amplitude = 0.0;  ///< share of its conductance that such a cell loses
    double captured = 0.5;   ///< probability at a read
};

/// YAML section `device:`.
struct DeviceParameters {
    std::optional<std::uint64_t> seed;   ///< of the chip's faults and errors; absent: the experiment's
    int conductance_fraction_bits = 10;  ///< [F] conductances are multiples of 2^−F level units
    std::optional<ProgrammingError> programming_error;
    std::optional<WriteVerify> write_verify;
    double stuck_on = 0.0;   ///< share of cells that stay at Gmax
    double stuck_off = 0.0;  ///< share of cells that stay at Gmin
    std::optional<Drift> drift;
    std::optional<ReadNoise> read_noise;
    std::optional<TelegraphNoise> telegraph_noise;
    std::optional<AdcErrors> adc_errors;
    std::optional<DacErrors> dac_errors;

    bool has_programming_error() const { return programming_error && programming_error->strength > 0.0; }
    bool has_drift() const;
    /// Does any effect change what the cells hold? Effects of strength 0 do not.
    bool changes_cells() const;
    bool has_read_noise() const { return read_noise && read_noise->strength > 0.0; }
    bool has_telegraph_noise() const;
    /// Does one read of a cell differ from the next?
    bool changes_reads() const { return has_read_noise() || has_telegraph_noise(); }
    bool has_adc_errors() const { return adc_errors && adc_errors->any(); }
    bool has_dac_errors() const { return dac_errors && dac_errors->any(); }
    bool changes_anything() const { return changes_cells() || changes_reads() || has_adc_errors() || has_dac_errors(); }
};

void describe(Fields& fields, LevelError& error);
void describe(Fields& fields, ProgrammingError& error);
void describe(Fields& fields, WriteVerify& verify);
void describe(Fields& fields, Drift& drift);
void describe(Fields& fields, ReadNoise& noise);
void describe(Fields& fields, TelegraphNoise& noise);
void describe(Fields& fields, DeviceParameters& device);

/// What a fault-free device section must agree with: cells of `cell_bits`.
void check_levels(Fields& fields, const DeviceParameters& device, int cell_bits);

}  // namespace remask
