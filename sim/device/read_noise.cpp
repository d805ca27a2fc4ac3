#include "sim/device/read_noise.h"

#include <cmath>

namespace remask {

namespace {

std::uint64_t matrix_and_vector(const CellIdentity& identity, std::int64_t vector) {
    return (static_cast<std::uint64_t>(identity.slot) << 52) | (static_cast<std::uint64_t>(identity.group) << 40) |
           static_cast<std::uint64_t>(vector);
}

std::uint64_t column_of(const ReadPlace& place) {
    return (static_cast<std::uint64_t>(place.row_group) << 32) | (static_cast<std::uint64_t>(place.column) << 8) |
           static_cast<std::uint64_t>(place.plane);
}

}  // namespace

bool has_trap(const TelegraphNoise& noise, const CellIdentity& identity, std::int64_t cell) {
    const auto matrix = (static_cast<std::uint64_t>(identity.slot) << 32) | static_cast<std::uint64_t>(identity.group);
    return RandomStream(identity.chip_seed, "trap", matrix, static_cast<std::uint64_t>(cell)).uniform() < noise.share;
}

ReadDraws::ReadDraws(const CellIdentity& identity, const ReadPlace& place)
    : draws_(identity.chip_seed, "read", matrix_and_vector(identity, place.vector), column_of(place)) {}

std::int64_t ReadDraws::gaussian(double variance) {
    if (variance == 0.0) return 0;
    return static_cast<std::int64_t>(std::rint(draws_.normal() * std::sqrt(variance)));
}

}  // namespace remask
