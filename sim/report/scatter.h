// A picture of points with names, as inline SVG. Inside the folder only.
#pragma once

#include <string>
#include <vector>

namespace remask {

struct ScatterPoint {
    std::string name;
    double x = 0.0, y = 0.0;
    bool marked = false;  ///< drawn filled, and joined with the other marked ones from left to right
};

/// x on a logarithmic axis: points with x ≤ 0 or without end are left out. Empty where no point is left.
std::string scatter(std::vector<ScatterPoint> points, const std::string& x_title, const std::string& y_title);

}  // namespace remask
