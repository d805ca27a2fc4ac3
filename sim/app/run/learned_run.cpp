#include "sim/app/run/learned_run.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <sstream>

#include "models/methods/method.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"
#include "sim/storage/hdf5_file.h"

namespace remask {

namespace {

/// "it has 'a', 'b'"
std::string listed(const std::vector<std::string>& names) {
    std::string words;
    for (const std::string& name : names) words += (words.empty() ? "it has '" : ", '") + name + "'";
    return words;
}

/// The member `name` of `group`, which holds one a `kind`.
std::string member(const Hdf5Reader& reader, const std::string& group, const std::string& kind,
                   const std::string& name) {
    const std::vector<std::string> names = reader.members(group);
    if (std::find(names.begin(), names.end(), name) != names.end()) return group + "/" + name;
    throw InputError(reader.path().string() + ": " + group + " has no " + kind + " '" + name + "'" +
                     did_you_mean(name, names) + "; " + listed(names));
}

/// What two texts say first that differs.
std::string first_difference(const std::string& here, const std::string& there) {
    std::istringstream ours(here), theirs(there);
    std::string a, b;
    do {
        a.clear();
        b.clear();
        std::getline(ours, a);
        std::getline(theirs, b);
    } while (a == b && (ours || theirs));
    return "'" + a + "' here, '" + b + "' there";
}

bool is_size(double value) {
    return std::isfinite(value) && value >= 0.0;
}

/// Figures that costs are made of.
bool are_sizes(const LayerMask& mask) {
    const auto finite = [](double factor) { return std::isfinite(factor); };
    return mask.entries >= 0 && is_size(mask.bits) && is_size(mask.new_weight_bits) && mask.bits_per_entry >= 0 &&
           mask.bits_per_entry <= 64 && mask.computed_share >= 0.0 && mask.computed_share <= 1.0 &&
           std::all_of(mask.factors.begin(), mask.factors.end(), finite);
}

using Refuse = std::function<void(const std::string& what)>;

void check_mask(const LayerMask& mask, const MappedSlot& slot, const Refuse& refuse) {
    const std::string layer = "layer '" + slot.name + "'";
    if (!are_sizes(mask)) refuse(layer + ": the mask's numbers are no mask's");
    if (mask.unit == MaskUnit::none) return;
    const CrossbarGeometry& geometry = slot.geometry;
    const std::int64_t rows = rows_of_a_factor(geometry, mask.per_row_group);
    if (mask.rows != 0 && mask.rows != rows) {
        refuse(layer + ": was learned with a factor for every " + std::to_string(mask.rows) +
               " rows of a column, this hardware has one for every " + std::to_string(rows) +
               "; masks of columns fit only the rows that they were learned with");
    }
    const std::int64_t a_column = mask.per_row_group ? geometry.row_groups : geometry.row_tiles;
    const std::int64_t wanted = a_column * geometry.columns * slot.groups;
    const auto given = static_cast<std::int64_t>(mask.factors.size());
    if (given == wanted) return;
    refuse(layer + ": the mask has " + std::to_string(given) + " factors, but its columns here need " +
           std::to_string(wanted));
}

/// The sums are those of the layers; the digital layers' weights are in mask_bits alone.
void check_memory(const TaskParameters& learned, const Refuse& refuse) {
    double mask_bits = 0.0, new_weight_bits = 0.0, values = 0.0;
    for (const LayerMask& mask : learned.masks) {
        mask_bits += mask.bits;
        new_weight_bits += mask.new_weight_bits;
    }
    for (const auto& entry : learned.effective) values += static_cast<double>(entry.second.size());
    constexpr double rounding = 1.0 + 1e-9;
    const bool sums = is_size(learned.new_weight_bits) && is_size(learned.mask_bits) &&
                      new_weight_bits <= learned.new_weight_bits * rounding &&
                      learned.new_weight_bits <= new_weight_bits * rounding &&
                      mask_bits <= learned.mask_bits * rounding &&
                      learned.mask_bits <= (mask_bits + 64.0 * values) * rounding && is_size(learned.bits_per_weight);
    if (!sums || !is_size(learned.constants_bits) || learned.constants_bits > 64.0 * values) {
        refuse("its memory in bits is not the sum of its layers'");
    }
    const TrainingInfo& training = learned.training;
    if (!is_size(training.macs) || training.macs > 9e18 || training.peak_activation_bytes < 0 || training.images < 0 ||
        training.epochs < 0 || !is_size(training.wall_s)) {
        refuse("training: the numbers are no training's");
    }
}

void check_backbone(const TaskParameters& learned, const LearnedFit& fit, const Refuse& refuse) {
    for (std::size_t slot = 0; slot < learned.reprogrammed.size(); ++slot) {
        if (learned.reprogrammed[slot]) continue;
        const std::string name = fit.mapping.slots[slot].name + ".weight";
        const auto kept = fit.backbone.find(name);
        if (kept != fit.backbone.end() && kept->second.values != learned.on_chip.at(name).values) {
            refuse("parameter '" + name + "' is not the backbone's: it was learned on another one");
        }
    }
}

}  // namespace

std::string learned_settings(const std::string& task, const std::string& method) {
    return "/tasks/" + task + "/" + method + "/settings";
}

LearnedRun::LearnedRun(const std::filesystem::path& run)
    : file_(std::filesystem::is_directory(run) ? run / "results.h5" : run) {
    const Hdf5Reader reader(file_);
    if (reader.contains("/tasks")) return;
    throw InputError(file_.string() + ": holds no learned task; name the folder of a finished run that has tasks");
}

std::string LearnedRun::group(const std::string& task, const std::string& method, const std::string& settings) const {
    const Hdf5Reader reader(file_);
    const std::string found = member(reader, member(reader, "/tasks", "task", task), "method", method) + "/learned";
    const std::string at = learned_settings(task, method);
    if (!reader.contains(found) || !reader.contains(at)) {
        throw InputError(file_.string() + ": " + (reader.contains(found) ? at : found) +
                         " is missing, as in an estimate, which learns nothing, or a run by an older version; run it "
                         "(again, with --resume, what is learned is found)");
    }
    const std::string had = reader.read_text(at);
    if (had != settings) {
        throw InputError(file_.string() + ": " + found +
                         " was learned with other settings of the method: " + first_difference(settings, had) +
                         "; the run's resolved.yaml has them all, those of --set among them");
    }
    return found;
}

void check_learned(const TaskParameters& learned, const LearnedFit& fit, const std::string& origin) {
    const Refuse refuse = [&](const std::string& what) { throw InputError(origin + ": " + what); };
    if (learned.method != fit.method.method) {
        refuse("holds what '" + learned.method + "' has learned, not '" + fit.method.method + "'");
    }
    if (learned.classes != fit.classes) {
        refuse("was learned for " + std::to_string(learned.classes) + " classes, the task has " +
               std::to_string(fit.classes));
    }
    if (learned.weight_bits != fit.weight_bits && learned.weight_bits != 0) {
        refuse("was learned for weights of " + std::to_string(learned.weight_bits) + " bits, the hardware has " +
               std::to_string(fit.weight_bits));
    }
    check_parameters(fit.network, learned.effective, origin);
    check_parameters(fit.network, learned.on_chip, origin);
    if (learned.masks.size() != fit.mapping.slots.size()) {
        refuse("has masks of " + std::to_string(learned.masks.size()) + " layers on arrays, here are " +
               std::to_string(fit.mapping.slots.size()));
    }
    for (std::size_t slot = 0; slot < learned.masks.size(); ++slot) {
        check_mask(learned.masks[slot], fit.mapping.slots[slot], refuse);
    }
    check_memory(learned, refuse);
    if (learned.granularity != granularity_of(fit.method) || learned.realisation != realisation_of(fit.method)) {
        refuse("its granularity or realisation is not the method's");
    }
    check_backbone(learned, fit, refuse);
}

}  // namespace remask
