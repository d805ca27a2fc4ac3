#include "sim/app/sweep/sweep_check.h"

#include <set>

#include "sim/app/settings/experiment.h"
#include "sim/app/settings/load_config.h"
#include "sim/hardware/config_fault.h"

namespace remask {

namespace {

/// The first point of a grid with `value` at `changed`.
Overrides point_with(const SweepGrid& grid, const SweepAxis& changed, const std::string& value) {
    Overrides point;
    for (const SweepAxis& axis : grid.axes) {
        const std::string& own = &axis == &changed ? value : axis.values.front();
        point.emplace_back(axis.path, own);
        for (const std::string& path : axis.also) point.emplace_back(path, own);
    }
    return point;
}

/// Adds what is wrong with one point; a fault that is in `known` stays out.
void check_point(const Sweep& sweep, Overrides overrides, const Overrides& point, const std::string& where,
                 const std::set<std::string>& known, std::vector<Diagnostic>& faults) {
    overrides.insert(overrides.end(), point.begin(), point.end());
    try {
        ConfigFile file(sweep.experiment, overrides);
        const auto experiment = file.read<Experiment>();
        if (!experiment.backbone.network) return;
        with_places(file, [] {
            refuse_config("backbone.network", "has no weights; a sweep runs its points and needs 'backbone.model'");
        });
    } catch (const ConfigError& error) {
        for (Diagnostic fault : error.diagnostics()) {
            if (known.count(fault.path + fault.message) != 0) continue;
            fault.message += where;
            faults.push_back(std::move(fault));
        }
    }
}

}  // namespace

void check_axes(const Sweep& sweep, const Overrides& common) {
    std::vector<Diagnostic> faults;
    for (const SweepGrid& grid : grids_of(sweep)) {
        std::vector<Diagnostic> first;
        const SweepAxis& any = grid.axes.front();
        check_point(sweep, common, point_with(grid, any, any.values.front()), "", {}, first);
        std::set<std::string> known;
        for (Diagnostic& fault : first) {
            known.insert(fault.path + fault.message);
            fault.message += " (the first value of each axis)";
            faults.push_back(std::move(fault));
        }
        for (const SweepAxis& axis : grid.axes) {
            for (std::size_t i = 1; i < axis.values.size(); ++i) {
                const std::string where = " (axis " + axis.path + ", value " + axis.values[i] + ")";
                check_point(sweep, common, point_with(grid, axis, axis.values[i]), where, known, faults);
            }
        }
    }
    if (!faults.empty()) throw ConfigError(std::move(faults));
}

}  // namespace remask
