#include "sim/circuit/reduce_crosspoint.h"

#include "sim/base/diagnostics.h"
#include "sim/circuit/port_block.h"

namespace remask {

namespace {

constexpr std::int64_t largest_leaf = 4;  ///< cells a side

struct Array {
    const CrosspointWires& wires;
    std::span<const double> siemens;
};

detail::PortBlock block_of(const Array& array, const detail::Rectangle& area) {
    if (area.height() <= largest_leaf && area.width() <= largest_leaf) {
        return detail::block_of_cells(array.wires, array.siemens, area);
    }
    if (area.width() >= area.height()) {
        const std::int64_t middle = area.left + area.width() / 2;
        return detail::join_right(block_of(array, {area.top, area.bottom, area.left, middle}),
                                  block_of(array, {area.top, area.bottom, middle, area.right}));
    }
    const std::int64_t middle = area.top + area.height() / 2;
    return detail::join_below(block_of(array, {area.top, middle, area.left, area.right}),
                              block_of(array, {middle, area.bottom, area.left, area.right}));
}

}  // namespace

std::vector<double> reduce_crosspoint(const CrosspointWires& wires, std::span<const double> siemens) {
    check_crosspoint(wires, siemens);
    const detail::PortBlock whole = block_of({wires, siemens}, {0, wires.rows(), 0, wires.columns()});
    std::vector<double> effective;
    effective.reserve(siemens.size());
    for (const int driver : whole.left) {
        for (const int ground : whole.bottom) effective.push_back(whole.mesh.between(driver, ground));
    }
    return effective;
}

}  // namespace remask
