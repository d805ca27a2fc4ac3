#include "sim/app/sweep/sweep.h"

#include <set>

#include "sim/base/files.h"

namespace remask {

namespace {

constexpr int most_points = 100000;

}  // namespace

void describe(Fields& fields, SweepAxis& axis) {
    fields.field("path", axis.path, {.doc = "dotted path of a value of the experiment"});
    fields.field("also", axis.also, {.doc = "further paths that take the same value", .optional = true});
    fields.field("values", axis.values, {.doc = "what it takes, one after the other"});
    fields.require(!axis.path.empty(), "path", "an axis needs a path");
    fields.require(!axis.values.empty(), "values", "an axis needs at least one value");
}

namespace {

/// Faults of one grid's axes, and its number of points.
double check_grid(Fields& fields, const std::vector<SweepAxis>& axes, std::string_view name) {
    std::set<std::string> paths;
    double points = 1.0;
    for (const SweepAxis& axis : axes) {
        points *= static_cast<double>(axis.values.size());
        std::vector<std::string> own = axis.also;
        own.push_back(axis.path);
        for (const std::string& path : own) {
            fields.require(paths.insert(path).second, name, "two axes of a grid set '" + path + "'");
        }
        fields.require(std::set<std::string>(axis.values.begin(), axis.values.end()).size() == axis.values.size(), name,
                       "axis '" + axis.path + "' has a value twice");
    }
    return points;
}

}  // namespace

void describe(Fields& fields, SweepGrid& grid) {
    fields.field("axes", grid.axes, {.doc = "every combination is one point"});
    fields.require(!grid.axes.empty(), "axes", "a grid needs at least one axis");
}

void describe(Fields& fields, Sweep& sweep) {
    fields.field("name", sweep.name, {.doc = "the sweep's name"});
    fields.field("experiment", sweep.experiment, {.doc = "the base experiment"});
    fields.field("axes", sweep.axes,
                 {.doc = "the grid: every combination is one point; needed unless there are grids", .optional = true});
    fields.field(
        "grids", sweep.grids,
        {.doc = "instead of axes: several grids, one after the other, each with axes of its own", .optional = true});
    fields.require(fault_in_name(sweep.name).empty(), "name", "a sweep's name " + fault_in_name(sweep.name));
    fields.require(!sweep.axes.empty() || !sweep.grids.empty(), "axes", "a sweep needs at least one axis, or grids");
    fields.require(sweep.axes.empty() || sweep.grids.empty(), "grids", "a sweep has either axes or grids, not both");
    const std::string_view name = sweep.grids.empty() ? "axes" : "grids";
    double points = 0.0;
    for (const SweepGrid& grid : grids_of(sweep)) points += check_grid(fields, grid.axes, name);
    fields.require(points <= most_points, name,
                   "the sweep has more than " + std::to_string(most_points) + " points; split it");
}

std::vector<SweepGrid> grids_of(const Sweep& sweep) {
    if (!sweep.grids.empty()) return sweep.grids;
    return {SweepGrid{sweep.axes}};
}

std::vector<Overrides> sweep_points(const Sweep& sweep) {
    std::vector<Overrides> all;
    for (const SweepGrid& grid : grids_of(sweep)) {
        std::vector<Overrides> points{{}};
        for (const SweepAxis& axis : grid.axes) {
            std::vector<Overrides> extended;
            for (const Overrides& point : points) {
                for (const std::string& value : axis.values) {
                    extended.push_back(point);
                    extended.back().emplace_back(axis.path, value);
                    for (const std::string& path : axis.also) extended.back().emplace_back(path, value);
                }
            }
            points = std::move(extended);
        }
        all.insert(all.end(), points.begin(), points.end());
    }
    return all;
}

}  // namespace remask
