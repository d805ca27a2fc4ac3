#include <algorithm>
#include <cstdio>
#include <functional>

#include "sim/base/units.h"
#include "sim/report/html.h"
#include "sim/report/writers.h"

namespace remask {

namespace {

using html::cell;
using html::escaped;
using html::header;
using html::percent;

/// A horizontal bar, `share` of the widest one.
std::string bar(double share) {
    char buffer[96];
    std::snprintf(buffer, sizeof buffer, "<td class=b><i style=\"width:%.1f%%\"></i></td>", share * 100.0);
    return buffer;
}

std::string tasks_section(const Results& results) {
    std::vector<std::string> names{"task",
                                   "method",
                                   "float",
                                   "crossbar",
                                   "energy per inference",
                                   "latency",
                                   "mask bits per weight",
                                   "switch from",
                                   "switch energy",
                                   "switch time",
                                   "cells written",
                                   "bytes loaded",
                                   "energy per inference with switches"};
    const bool grows = any_network_grows(results);
    if (grows) names.emplace_back("network size");
    std::string html = "<h2>Tasks and methods</h2>\n<table>\n" + header(names);
    for (const TaskResult& task : results.tasks) {
        char bits[32], bytes[32];
        std::snprintf(bits, sizeof bits, "%.5f", task.bits_per_weight);
        std::snprintf(bytes, sizeof bytes, "%.0f", task.task_switch.bytes_loaded);
        html += "<tr>" + cell(task.task, false) + cell(task.method, false) + cell(percent(task.accuracy.float32)) +
                cell(percent(task.accuracy.crossbar)) + cell(to_string(task.inference.energy)) +
                cell(to_string(task.inference.latency)) + cell(bits) + cell(task.task_switch.from, false) +
                cell(to_string(task.task_switch.energy)) + cell(to_string(task.task_switch.time)) +
                cell(std::to_string(task.task_switch.cells_written)) + cell(bytes) +
                cell(to_string(task.energy_per_inference_with_switch));
        if (grows) html += cell(network_size(task));
        html += "</tr>\n";
    }
    return html + "</table>\n";
}

std::string bars_section(const Results& results, const std::string& title,
                         const std::function<double(const TaskResult&)>& value,
                         const std::function<std::string(const TaskResult&)>& label) {
    double largest = 0.0;
    for (const TaskResult& task : results.tasks) largest = std::max(largest, value(task));
    if (largest <= 0.0) return {};
    std::string html = "<h3>" + escaped(title) + "</h3>\n<table>\n";
    for (const TaskResult& task : results.tasks) {
        html += "<tr>" + cell(task.task, false) + cell(task.method, false) + bar(value(task) / largest) +
                cell(label(task)) + "</tr>\n";
    }
    return html + "</table>\n";
}

std::string components_section(const std::string& title, const std::map<std::string, Energy>& components) {
    Energy total;
    for (const auto& entry : components) total += entry.second;
    if (total.si() <= 0.0) return {};
    std::string html = "<h3>" + escaped(title) + "</h3>\n<table>\n" + header({"component", "", "energy", "share"});
    for (const auto& [component, energy] : components) {
        html += "<tr>" + cell(component, false) + bar(energy / total) + cell(to_string(energy)) +
                cell(percent(energy / total)) + "</tr>\n";
    }
    return html + "</table>\n";
}

std::string actions_section(const Results& results) {
    std::string html = "<h3>Energy of one inference of the backbone by action</h3>\n<table>\n" +
                       header({"action", "count", "energy each", "energy", "source of the energy"});
    for (const ActionLine& line : results.backbone_inference.actions) {
        const auto source = results.action_sources.find(line.action);
        html += "<tr>" + cell(line.action, false) + cell(std::to_string(line.count)) + cell(to_string(line.each)) +
                cell(to_string(line.total)) +
                cell(source == results.action_sources.end() ? "not named" : source->second, false) + "</tr>\n";
    }
    return html + "</table>\n";
}

std::string parts_section(const Results& results) {
    std::string html = "<h2>Area</h2>\n<table>\n" + header({"part", "", "area on the chip", "source"});
    for (const PartLine& line : results.parts) {
        html += "<tr>" + cell(line.part, false) + bar(line.area / results.area) + cell(to_string(line.area)) +
                cell(line.source.empty() ? "not named" : line.source, false) + "</tr>\n";
    }
    return html + "</table>\n";
}

std::string layers_section(const Results& results) {
    std::string html =
        "<h2>Layers</h2>\n<table>\n" + header({"layer", "replicas", "latency", "products", "ADC conversions"});
    for (const LayerResult& layer : results.layers) {
        const auto conversions = layer.counts.find("adc_conversion");
        html += "<tr>" + cell(layer.name, false) + cell(std::to_string(layer.replicas)) +
                cell(to_string(layer.latency)) + cell(std::to_string(layer.products)) +
                cell(conversions == layer.counts.end() ? "0" : std::to_string(conversions->second)) + "</tr>\n";
    }
    return html + "</table>\n";
}

/// One row a layer, one column a slice and side: clipped share and codes used.
std::string converter_table(const std::vector<std::string>& layers,
                            const std::vector<std::vector<ConverterUse>>& converters) {
    if (converters.empty() || converters[0].empty()) return {};
    std::vector<std::string> names{"layer", "clipped"};
    const bool sides = converters[0].back().side == 1;
    for (const ConverterUse& use : converters[0]) {
        names.push_back("slice " + std::to_string(use.slice) + (sides ? (use.side == 0 ? " +" : " −") : ""));
    }
    std::string html = "<table>\n" + header(names);
    for (std::size_t slot = 0; slot < converters.size(); ++slot) {
        html += "<tr>" + cell(layers[slot], false) + cell(percent(joined(converters[slot]).clipped_share()));
        for (const ConverterUse& use : converters[slot]) {
            html += cell(percent(use.clipped_share()) + "; " + std::to_string(use.codes_used) + " of " +
                         std::to_string(use.codes));
        }
        html += "</tr>\n";
    }
    return html + "</table>\n";
}

std::string converters_section(const Results& results) {
    std::vector<std::string> layers;
    std::vector<std::vector<ConverterUse>> backbone;
    for (const LayerResult& layer : results.layers) {
        layers.push_back(layer.name);
        if (!layer.converters.empty()) backbone.push_back(layer.converters);
    }
    std::string html;
    const auto add = [&](const std::string& title, const auto& names, const auto& converters) {
        const std::string table = converter_table(names, converters);
        if (!table.empty()) html += "<h3>" + escaped(title) + "</h3>\n" + table;
    };
    add("Backbone", layers, backbone);
    for (const TaskResult& task : results.tasks) add(task.task + ", " + task.method, task.layers, task.converters);
    if (html.empty()) return {};
    return "<h2>Use of the ADCs</h2>\n<p>Share of the conversions that clipped, and the codes used of those that there "
           "are, on the images of report.converter_images.</p>\n" +
           html;
}

}  // namespace

std::string to_html(const Results& results) {
    std::string html =
        "<p>remask " + escaped(results.version) + ", seed " + std::to_string(results.seed) + ", hardware " +
        escaped(results.hardware) + ", chip area " + to_string(results.area) + " (mask units " +
        to_string(results.mask_unit_area) + "); cell read energy: " + escaped(results.cell_energy_model) +
        ".</p>\n<p>Backbone " + escaped(results.backbone) + ": " + std::to_string(results.backbone_parameters) +
        " parameters, " + std::to_string(results.backbone_macs) + " multiply-accumulates an image; accuracy float " +
        percent(results.backbone_accuracy.float32) + ", crossbar " + percent(results.backbone_accuracy.crossbar) +
        " of " + std::to_string(results.backbone_test_images) + " test images.</p>\n";
    for (const DivergedMethod& entry : results.diverged)
        html += "<p><b>" + escaped(diverged_words(entry)) + "</b></p>\n";
    for (const std::string& warning : results.warnings) html += "<p><b>Warning:</b> " + escaped(warning) + "</p>\n";
    if (!results.tasks.empty()) {
        html += tasks_section(results);
        html += bars_section(
            results, "Accuracy on crossbars", [](const TaskResult& t) { return t.accuracy.crossbar.value_or(0.0); },
            [](const TaskResult& t) { return percent(t.accuracy.crossbar); });
        html += bars_section(
            results, "Switch energy", [](const TaskResult& t) { return t.task_switch.energy.si(); },
            [](const TaskResult& t) { return to_string(t.task_switch.energy); });
    }
    html +=
        components_section("Energy of one inference of the backbone", results.backbone_inference.energy_by_component);
    html += actions_section(results);
    for (const TaskResult& task : results.tasks) {
        html += components_section("Energy of one inference: " + task.task + ", " + task.method,
                                   task.inference.energy_by_component);
    }
    html += task_schedules_to_html(results.task_schedules) + schedule_to_html(results.schedule) +
            rounds_to_html(results.backbone_inference.rounds) + parts_section(results) +
            mapping_to_html(results.mapping) + layers_section(results) + converters_section(results);
    return html::page(results.experiment, html);
}

}  // namespace remask
