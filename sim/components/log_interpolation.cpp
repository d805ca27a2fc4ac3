#include "sim/components/log_interpolation.h"

#include <algorithm>
#include <cmath>

namespace remask {

LogPlace log_place(std::span<const double> ascending, double value) {
    std::size_t low = 0;
    while (low + 2 < ascending.size() && value > ascending[low + 1]) ++low;
    const double share = std::log(value / ascending[low]) / std::log(ascending[low + 1] / ascending[low]);
    return {low, std::clamp(share, 0.0, 1.0)};
}

}  // namespace remask
