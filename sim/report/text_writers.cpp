#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>

#include "sim/base/units.h"
#include "sim/report/writers.h"

namespace remask {

namespace {

std::string percent(const std::optional<double>& share) {
    if (!share) return "-";
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, "%.2f", *share * 100.0);
    return buffer;
}

std::string decimals(double value, const char* format) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, format, value);
    return buffer;
}

bool looks_numeric(const std::string& text) {
    return !text.empty() && (std::isdigit(static_cast<unsigned char>(text[0])) || text[0] == '-' || text[0] == '+');
}

/// Code points of UTF-8 text (every byte that does not continue one).
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

std::string shortest(double value) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    return {buffer, end};
}

std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + "\"";
}

std::string diverged_words(const DivergedMethod& diverged) {
    return diverged.method + " is left out: " + diverged.task + ": " + diverged.why;
}

std::string to_csv(const Results& results) {
    std::string csv =
        "task,method,classes,train_images,test_images,accuracy_float,accuracy_crossbar,mask_bits,mask_bits_per_weight,"
        "batch_norm_and_classifier_bits,inference_energy_j,latency_s,throughput_per_s,switch_cells_written,"
        "switch_set_pulses,switch_reset_pulses,switch_energy_j,switch_time_s,switch_bytes_loaded,"
        "energy_per_inference_with_switch_j,writes_per_switch_max,training_macs,training_peak_activation_bytes,"
        "training_wall_s,network_size\r\n";
    for (const TaskResult& task : results.tasks) {
        const std::vector<std::string> cells{csv_field(task.task),
                                             csv_field(task.method),
                                             std::to_string(task.classes),
                                             std::to_string(task.train_images),
                                             std::to_string(task.test_images),
                                             task.accuracy.float32 ? shortest(*task.accuracy.float32) : "",
                                             task.accuracy.crossbar ? shortest(*task.accuracy.crossbar) : "",
                                             shortest(task.mask_bits),
                                             shortest(task.bits_per_weight),
                                             shortest(task.constants_bits),
                                             shortest(task.inference.energy.si()),
                                             shortest(task.inference.latency.si()),
                                             shortest(task.inference.throughput_per_s),
                                             std::to_string(task.task_switch.cells_written),
                                             std::to_string(task.task_switch.set_pulses),
                                             std::to_string(task.task_switch.reset_pulses),
                                             shortest(task.task_switch.energy.si()),
                                             shortest(task.task_switch.time.si()),
                                             shortest(task.task_switch.bytes_loaded),
                                             shortest(task.energy_per_inference_with_switch.si()),
                                             shortest(task.task_switch.writes_max),
                                             std::to_string(task.training.macs),
                                             std::to_string(task.training.peak_activation_bytes),
                                             shortest(task.training.wall_s),
                                             task.growth ? shortest(task.growth->size) : ""};
        for (std::size_t i = 0; i < cells.size(); ++i) csv += (i ? "," : "") + cells[i];
        csv += "\r\n";
    }
    return csv;
}

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
    }
    std::string text;
    for (std::size_t r = 0; r < rows.size(); ++r) {
        std::string line;
        for (std::size_t i = 0; i < rows[r].size(); ++i) {
            const std::string& cell = rows[r][i];
            const std::string pad(widths[i] - width_of(cell), ' ');
            const bool right = rows.size() > 1 && looks_numeric(rows[r == 0 ? 1 : r][i]);
            line += (i ? "  " : "") + (right ? pad + cell : cell + pad);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
        if (r == 0) {
            for (std::size_t i = 0; i < widths.size(); ++i) text += (i ? "  " : "") + std::string(widths[i], '-');
            text += "\n";
        }
    }
    return text;
}

namespace {

std::string sequence_table(const std::vector<SequenceResult>& sequences) {
    std::vector<std::vector<std::string>> rows{
        {"method", "float % when learned", "after all tasks", "points forgotten"}};
    for (const SequenceResult& entry : sequences) {
        rows.push_back(
            {entry.method, percent(entry.after_learning), percent(entry.after_all), percent(entry.forgotten)});
    }
    return text_table(rows);
}

}  // namespace

namespace {

std::string places(const MappingResult& mapping) {
    const std::string tiles = std::to_string(mapping.tiles) + (mapping.tiles == 1 ? " tile" : " tiles");
    return mapping.rounds > 1 ? "in " + std::to_string(mapping.rounds) + " rounds on at most " + tiles : "on " + tiles;
}

/// The share of an inference's energy whose numbers the hardware file calls unverified, and which these are.
std::string unverified_energies(const Results& results) {
    Energy unverified;
    std::string names;
    for (const ActionLine& line : results.backbone_inference.actions) {
        const auto source = results.action_sources.find(line.action);
        if (source == results.action_sources.end() || source->second.find("unverified") == std::string::npos) continue;
        unverified += line.total;
        names += (names.empty() ? "" : ", ") + line.action;
    }
    const auto memory = results.action_sources.find("memory_load");
    const bool loads = memory != results.action_sources.end() && memory->second.find("unverified") != std::string::npos;
    const auto& rounds = results.backbone_inference.rounds;
    if (loads && rounds && rounds->bytes_transferred > 0.0) {  // weights and values of rounds cross the same memory
        const double moved = 1.0 + rounds->bytes_loaded / rounds->bytes_transferred;
        unverified += moved * rounds->transfer_energy / rounds->images;
        names += (names.empty() ? "" : ", ") + std::string("memory.weight");
    }
    std::string text;
    if (!names.empty()) {
        text = percent(unverified / results.backbone_inference.energy) +
               " % of an inference's energy rests on numbers that " + results.hardware +
               "'s file calls unverified: " + names + "\n";
    }
    if (loads && results.has_weights) {
        text += "what programming and task switches load rests on such a number too: memory.weight\n";
    }
    return text;
}

}  // namespace

bool any_network_grows(const Results& results) {
    return std::any_of(results.tasks.begin(), results.tasks.end(),
                       [](const TaskResult& task) { return task.growth.has_value(); });
}

std::string network_size(const TaskResult& task) {
    return task.growth ? decimals(task.growth->size, "%.2f") : "";
}

std::string to_table(const Results& results) {
    std::vector<std::vector<std::string>> rows{{"task", "method", "float %", "crossbar %", "energy/inf.", "latency",
                                                "mask bits/weight", "switch energy", "switch time", "cells written"}};
    const bool grows = any_network_grows(results);
    if (grows) rows[0].emplace_back("network size");
    for (const TaskResult& task : results.tasks) {
        rows.push_back({task.task, task.method, percent(task.accuracy.float32), percent(task.accuracy.crossbar),
                        to_string(task.inference.energy), to_string(task.inference.latency),
                        decimals(task.bits_per_weight, "%.4f"), to_string(task.task_switch.energy),
                        to_string(task.task_switch.time), std::to_string(task.task_switch.cells_written)});
        if (grows) rows.back().push_back(network_size(task));
    }
    std::string text;
    const auto& backbone = results.backbone_accuracy;
    text += "backbone " + results.backbone + ": " + std::to_string(results.backbone_parameters) + " parameters, " +
            std::to_string(results.backbone_macs) + " MACs";
    if (backbone.float32) text += ", float " + percent(backbone.float32) + " %";
    if (results.backbone_integer_accuracy) text += ", integer " + percent(results.backbone_integer_accuracy) + " %";
    if (backbone.crossbar) text += ", crossbar " + percent(backbone.crossbar) + " %";
    if (results.backbone_test_images) text += " of " + std::to_string(results.backbone_test_images) + " test images";
    text +=
        "\nhardware " + results.hardware + ": " + decimals(results.area.si() * 1e6, "%.4g") + " mm2; " +
        std::to_string(results.mapping.arrays) + " arrays " + places(results.mapping) + ", " +
        decimals(results.mapping.utilisation * 100, "%.1f") + " % of their cells used; " +
        to_string(results.backbone_inference.energy) + " an inference, " +
        to_string(results.backbone_inference.latency) +
        (results.backbone_inference.rounds ? " a batch of " + std::to_string(results.backbone_inference.rounds->images)
                                           : " layer by layer where nothing contends") +
        (results.has_weights ? "; first programming " + to_string(results.first_programming.energy) + ", " +
                                   to_string(results.first_programming.time)
                             : "") +
        "\n";
    text += schedule_words(results.schedule) + rounds_words(results.backbone_inference.rounds);
    text += unverified_energies(results);
    std::vector<std::string> layers;
    std::vector<std::vector<ConverterUse>> converters;
    for (const LayerResult& layer : results.layers) {
        layers.push_back(layer.name);
        converters.push_back(layer.converters);
    }
    const std::string words = converter_words(layers, converters);
    if (!words.empty()) text += "ADCs with the backbone: " + words + "\n";
    if (!results.tasks.empty()) text += "\n" + text_table(rows);
    if (!results.task_schedules.empty()) text += "\n" + task_schedules_to_text(results.task_schedules);
    if (!results.sequences.empty()) text += "\n" + sequence_table(results.sequences);
    for (const std::string& warning : results.warnings) text += "warning: " + warning + "\n";
    return text;
}

}  // namespace remask
