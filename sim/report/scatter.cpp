#include "sim/report/scatter.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "sim/report/html.h"

namespace remask {

namespace {

constexpr double width = 760.0, height = 420.0, left = 60.0, right = 150.0, top = 14.0, bottom = 44.0;

std::string number(double value, const char* format = "%.1f") {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, format, value);
    return buffer;
}

struct Axis {
    double lo, hi, from, to;  // values, and where they lie in the picture
    double at(double value) const { return from + (value - lo) / (hi - lo) * (to - from); }
};

/// 1, 2 or 5 times a power of ten, so that there are five steps or a few more.
double step_for(double range) {
    const double power = std::pow(10.0, std::floor(std::log10(range / 5.0)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (range / (factor * power) <= 8.0) return factor * power;
    }
    return 10.0 * power;
}

std::string text(double x, double y, const std::string& words, const std::string& anchor,
                 const std::string& more = {}) {
    return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\"" + more + ">" +
           html::escaped(words) + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2) {
    return "<path stroke=\"#ddd\" d=\"M" + number(x1) + " " + number(y1) + "L" + number(x2) + " " + number(y2) +
           "\"/>\n";
}

std::string grid(const Axis& x, const Axis& y) {
    std::string svg;
    for (double decade = x.lo; decade <= x.hi; ++decade) {
        svg += line(x.at(decade), y.from, x.at(decade), y.to);
        svg += text(x.at(decade), y.from + 16.0, number(std::pow(10.0, decade), "%g"), "middle");
    }
    const double step = step_for(y.hi - y.lo);
    for (double value = std::ceil(y.lo / step) * step; value <= y.hi; value += step) {
        svg += line(x.from, y.at(value), x.to, y.at(value));
        svg += text(x.from - 6.0, y.at(value) + 4.0, number(value, "%g"), "end");
    }
    return svg;
}

}  // namespace

std::string scatter(std::vector<ScatterPoint> points, const std::string& x_title, const std::string& y_title) {
    std::erase_if(points, [](const ScatterPoint& point) {
        return !(point.x > 0.0) || !std::isfinite(point.x) || !std::isfinite(point.y);
    });
    if (points.empty()) return {};
    std::sort(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.x < b.x; });
    const auto [low, high] =
        std::minmax_element(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.y < b.y; });
    const double spare = std::max(0.05 * (high->y - low->y), 1e-3 * std::max(1.0, std::fabs(high->y)));
    const double first = std::floor(std::log10(points.front().x));
    const Axis x{first, std::max(std::ceil(std::log10(points.back().x)), first + 1.0), left, width - right};
    const Axis y{low->y - spare, high->y + spare, height - bottom, top};
    std::string svg = "<svg viewBox=\"0 0 " + number(width, "%g") + " " + number(height, "%g") + "\" width=\"" +
                      number(width, "%g") + "\" font-size=\"11\" font-family=\"sans-serif\">\n" + grid(x, y);
    std::string front, names;
    for (const ScatterPoint& point : points) {
        const double at_x = x.at(std::log10(point.x)), at_y = y.at(point.y);
        if (point.marked) front += (front.empty() ? "M" : "L") + number(at_x) + " " + number(at_y);
        names += "<circle cx=\"" + number(at_x) + "\" cy=\"" + number(at_y) + "\" r=\"4\" stroke=\"#3b6ea8\" fill=\"" +
                 (point.marked ? "#3b6ea8" : "white") + "\"/>\n" + text(at_x + 7.0, at_y + 4.0, point.name, "start");
    }
    svg += "<path fill=\"none\" stroke=\"#3b6ea8\" d=\"" + front + "\"/>\n" + names;
    svg += text((left + width - right) / 2.0, height - 8.0, x_title, "middle");
    svg += text(0.0, 0.0, y_title, "middle", " transform=\"translate(14 " + number(height / 2.0) + ") rotate(-90)\"");
    return svg + "</svg>\n";
}

}  // namespace remask
