#include "models/methods/task_parameters.h"

#include <algorithm>
#include <cstring>

#include "sim/base/diagnostics.h"
#include "sim/hardware/crossbar_parameters.h"
#include "sim/storage/hdf5_file.h"

namespace remask {
namespace {

bool same_bits(const Tensor& a, const Tensor& b) {
    return a.shape == b.shape && a.values.size() == b.values.size() &&
           std::memcmp(a.values.data(), b.values.data(), a.values.size() * sizeof(float)) == 0;
}

void save_tensor(Hdf5Writer& writer, const std::string& name, const Tensor& tensor) {
    writer.write<float>(name, tensor.shape, tensor.values);
}

void save_doubles(Hdf5Writer& writer, const std::string& name, const std::vector<double>& values) {
    if (values.empty()) return;  // absent = empty
    writer.write<double>(name, {static_cast<std::int64_t>(values.size())}, values);
}

std::vector<double> load_doubles(const Hdf5Reader& reader, const std::string& name) {
    return reader.contains(name) ? reader.read<double>(name) : std::vector<double>{};
}

template <class T>
T load_scalar(const Hdf5Reader& reader, const std::string& name) {
    const std::vector<T> values = reader.read<T>(name);
    if (values.size() != 1) throw InputError(reader.path().string() + ": " + name + ": one number expected");
    return values.front();
}

template <class E>
E load_word(const Hdf5Reader& reader, const std::string& name) {
    const std::string word = reader.read_text(name);
    const auto& words = EnumWords<E>::words;
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end()) {
        throw InputError(reader.path().string() + ": " + name + ": '" + word +
                         "' is not a word of this version of remask");
    }
    return static_cast<E>(found - words.begin());
}

ParameterMap load_tensors(const Hdf5Reader& reader, const std::string& group) {
    ParameterMap tensors;
    if (!reader.contains(group)) return tensors;
    for (const std::string& name : reader.members(group)) {
        const std::string path = group + "/" + name;
        tensors[name] = {reader.shape(path), reader.read<float>(path)};
    }
    return tensors;
}

void save_mask(Hdf5Writer& writer, const std::string& group, const LayerMask& mask) {
    writer.write_scalar<std::int64_t>(group + "/slot", mask.slot);
    writer.write_text(group + "/unit", std::string(word_of(mask.unit)));
    writer.write_scalar<std::uint8_t>(group + "/per_row_group", mask.per_row_group ? 1 : 0);
    save_doubles(writer, group + "/factors", mask.factors);
    if (mask.rows > 0) writer.write_scalar<std::int64_t>(group + "/rows", mask.rows);
    writer.write_scalar<std::int64_t>(group + "/entries", mask.entries);
    writer.write_scalar<double>(group + "/bits", mask.bits);
    writer.write_scalar<double>(group + "/new_weight_bits", mask.new_weight_bits);
    writer.write_scalar<std::int64_t>(group + "/bits_per_entry", mask.bits_per_entry);
    if (mask.computed_share != 1.0) writer.write_scalar<double>(group + "/computed_share", mask.computed_share);
}

LayerMask load_mask(const Hdf5Reader& reader, const std::string& group) {
    LayerMask mask;
    mask.slot = load_scalar<std::int32_t>(reader, group + "/slot");
    mask.unit = load_word<MaskUnit>(reader, group + "/unit");
    mask.per_row_group = load_scalar<std::uint8_t>(reader, group + "/per_row_group") != 0;
    mask.factors = load_doubles(reader, group + "/factors");
    if (reader.contains(group + "/rows")) mask.rows = load_scalar<std::int64_t>(reader, group + "/rows");
    mask.entries = load_scalar<std::int64_t>(reader, group + "/entries");
    mask.bits = load_scalar<double>(reader, group + "/bits");
    mask.new_weight_bits = load_scalar<double>(reader, group + "/new_weight_bits");
    mask.bits_per_entry = load_scalar<std::int32_t>(reader, group + "/bits_per_entry");
    if (reader.contains(group + "/computed_share")) {
        mask.computed_share = load_scalar<double>(reader, group + "/computed_share");
    }
    return mask;
}

void save_training(Hdf5Writer& writer, const std::string& group, const TrainingInfo& training) {
    writer.write_scalar<double>(group + "/macs", training.macs);
    writer.write_scalar<std::int64_t>(group + "/peak_activation_bytes", training.peak_activation_bytes);
    writer.write_scalar<std::int64_t>(group + "/epochs", training.epochs);
    writer.write_scalar<std::int64_t>(group + "/images", training.images);
    writer.write_scalar<double>(group + "/wall_s", training.wall_s);
    save_doubles(writer, group + "/loss", training.loss);
}

TrainingInfo load_training(const Hdf5Reader& reader, const std::string& group) {
    TrainingInfo training;
    training.macs = load_scalar<double>(reader, group + "/macs");
    training.peak_activation_bytes = load_scalar<std::int64_t>(reader, group + "/peak_activation_bytes");
    training.epochs = load_scalar<std::int32_t>(reader, group + "/epochs");
    training.images = load_scalar<std::int64_t>(reader, group + "/images");
    training.wall_s = load_scalar<double>(reader, group + "/wall_s");
    training.loss = load_doubles(reader, group + "/loss");
    return training;
}

}  // namespace

std::int64_t rows_of_a_factor(const CrossbarGeometry& geometry, bool per_row_group) {
    const std::int64_t most = per_row_group ? geometry.active_rows : geometry.rows_per_tile;
    return std::min(geometry.rows, most);
}

void add_training(TrainingInfo& total, const TrainingInfo& round) {
    total.macs += round.macs;
    total.peak_activation_bytes = std::max(total.peak_activation_bytes, round.peak_activation_bytes);
    total.epochs += round.epochs;
    total.images += round.images;
    total.loss.insert(total.loss.end(), round.loss.begin(), round.loss.end());
}

void save_task_parameters(Hdf5Writer& writer, const std::string& group, const TaskParameters& task) {
    writer.write_text(group + "/method", task.method);
    writer.write_text(group + "/label", task.label);
    writer.write_scalar<std::int64_t>(group + "/classes", task.classes);
    if (task.growth > 0) writer.write_scalar<std::int64_t>(group + "/growth", task.growth);
    if (task.weight_bits > 0) writer.write_scalar<std::int64_t>(group + "/weight_bits", task.weight_bits);
    writer.write_text(group + "/granularity", std::string(word_of(task.granularity)));
    writer.write_text(group + "/realisation", std::string(word_of(task.realisation)));
    for (const auto& [name, tensor] : task.effective) save_tensor(writer, group + "/effective/" + name, tensor);
    for (const auto& [name, tensor] : task.on_chip) {  // only what differs from `effective`
        const auto found = task.effective.find(name);
        if (found == task.effective.end() || !same_bits(found->second, tensor)) {
            save_tensor(writer, group + "/on_chip/" + name, tensor);
        }
    }
    for (const auto& [name, tensor] : task.carried) save_tensor(writer, group + "/carried/" + name, tensor);
    writer.write_scalar<std::int64_t>(group + "/slots", static_cast<std::int64_t>(task.masks.size()));
    for (std::size_t slot = 0; slot < task.masks.size(); ++slot) {
        const std::string mask = group + "/masks/" + std::to_string(slot);
        save_mask(writer, mask, task.masks[slot]);
        writer.write_scalar<std::uint8_t>(mask + "/reprogrammed", task.reprogrammed.at(slot) ? 1 : 0);
    }
    writer.write_scalar<double>(group + "/mask_bits", task.mask_bits);
    writer.write_scalar<double>(group + "/new_weight_bits", task.new_weight_bits);
    writer.write_scalar<double>(group + "/bits_per_weight", task.bits_per_weight);
    writer.write_scalar<double>(group + "/constants_bits", task.constants_bits);
    save_doubles(writer, group + "/input_scales", task.input_scales);
    save_training(writer, group + "/training", task.training);
}

TaskParameters load_task_parameters(const Hdf5Reader& reader, const std::string& group) {
    TaskParameters task;
    task.method = reader.read_text(group + "/method");
    task.label = reader.read_text(group + "/label");
    task.classes = load_scalar<std::int32_t>(reader, group + "/classes");
    if (reader.contains(group + "/growth")) task.growth = load_scalar<std::int32_t>(reader, group + "/growth");
    if (reader.contains(group + "/weight_bits")) {
        task.weight_bits = load_scalar<std::int32_t>(reader, group + "/weight_bits");
    }
    task.granularity = load_word<Granularity>(reader, group + "/granularity");
    task.realisation = load_word<Realisation>(reader, group + "/realisation");
    task.effective = load_tensors(reader, group + "/effective");
    task.on_chip = task.effective;
    for (auto& [name, tensor] : load_tensors(reader, group + "/on_chip")) task.on_chip[name] = std::move(tensor);
    task.carried = load_tensors(reader, group + "/carried");
    const auto slots = load_scalar<std::int64_t>(reader, group + "/slots");
    for (std::int64_t slot = 0; slot < slots; ++slot) {
        const std::string mask = group + "/masks/" + std::to_string(slot);
        task.masks.push_back(load_mask(reader, mask));
        task.reprogrammed.push_back(load_scalar<std::uint8_t>(reader, mask + "/reprogrammed") != 0);
    }
    task.mask_bits = load_scalar<double>(reader, group + "/mask_bits");
    task.new_weight_bits = load_scalar<double>(reader, group + "/new_weight_bits");
    task.bits_per_weight = load_scalar<double>(reader, group + "/bits_per_weight");
    task.constants_bits = load_scalar<double>(reader, group + "/constants_bits");
    task.input_scales = load_doubles(reader, group + "/input_scales");
    task.training = load_training(reader, group + "/training");
    return task;
}

}  // namespace remask
