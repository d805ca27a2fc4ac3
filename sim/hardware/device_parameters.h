// The effects of real ReRAM cells (docs/devices.md). Every one is off by default.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/base/fields.h"

namespace remask {

/// What the standard deviation of an error is a share of.
enum class ErrorModel {
    constant,      ///< of Gmax − Gmin, whatever the level
    proportional,  ///< of the conductance that was asked for
};
template <>
struct EnumWords<ErrorModel> {
    static constexpr std::array<std::string_view, 2> words{"constant", "proportional"};
};

/// Gaussian error of a cell's conductance after programming.
struct ProgrammingError {
    ErrorModel model = ErrorModel::constant;
    double strength = 0.0;  ///< standard deviation as a share, see ErrorModel
};

/// YAML section `device:`.
struct DeviceParameters {
    int conductance_fraction_bits = 10;  ///< [F] conductances are multiples of 2^−F level units
    std::optional<ProgrammingError> programming_error;
    double stuck_on = 0.0;   ///< share of cells that stay at Gmax
    double stuck_off = 0.0;  ///< share of cells that stay at Gmin

    /// Does any effect change what the cells hold? Effects of strength 0 do not.
    bool changes_cells() const;
};

void describe(Fields& fields, ProgrammingError& error);
void describe(Fields& fields, DeviceParameters& device);

}  // namespace remask
