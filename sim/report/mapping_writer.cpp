#include <cstdio>

#include "sim/report/html.h"
#include "sim/report/writers.h"

namespace remask {

namespace {

std::string percent(double share) {
    char buffer[16];
    std::snprintf(buffer, sizeof buffer, "%.1f %%", share * 100.0);
    return buffer;
}

std::string matrix_of(const LayerPlace& layer) {
    return std::to_string(layer.rows) + " x " + std::to_string(layer.columns) +
           (layer.groups > 1 ? " x " + std::to_string(layer.groups) + " groups" : "");
}

/// "tile 3 PE 0 to tile 4 PE 5".
std::string where(const LayerPlace& layer) {
    const auto end = [](std::int64_t tile, std::int64_t pe) {
        return "tile " + std::to_string(tile) + " PE " + std::to_string(pe);
    };
    const std::string first = end(layer.first_tile, layer.first_pe);
    return layer.pes == 1 ? first : first + " to " + end(layer.last_tile, layer.last_pe);
}

std::vector<std::vector<std::string>> rows_of(const MappingResult& mapping) {
    std::vector<std::vector<std::string>> rows{{"layer", "matrix", "row tiles", "column tiles", "arrays", "replicas",
                                                "PEs", "chip tiles", "cells used", "where"}};
    for (const LayerPlace& layer : mapping.layers) {
        rows.push_back({layer.name, matrix_of(layer), std::to_string(layer.row_tiles),
                        std::to_string(layer.column_tiles), std::to_string(layer.arrays),
                        std::to_string(layer.replicas), std::to_string(layer.pes), std::to_string(layer.tiles),
                        percent(layer.utilisation),
                        (mapping.rounds > 1 ? "round " + std::to_string(layer.round + 1) + ": " : "") + where(layer)});
    }
    return rows;
}

std::string words_of(const MappingResult& mapping) {
    return (mapping.rounds > 1 ? "in " + std::to_string(mapping.rounds) + " rounds, " : "") +
           std::to_string(mapping.arrays) + " arrays on " + std::to_string(mapping.pes) + " PEs of " +
           (mapping.rounds > 1 ? "at most " : "") + std::to_string(mapping.tiles) + " tiles (the chip has " +
           std::to_string(mapping.chip_tiles) + "), " + percent(mapping.utilisation) + " of their cells used";
}

}  // namespace

std::string mapping_to_text(const MappingResult& mapping) {
    return mapping.network + " on " + mapping.hardware + ": " + words_of(mapping) + "\n\n" +
           text_table(rows_of(mapping));
}

std::string mapping_to_html(const MappingResult& mapping) {
    const std::vector<std::vector<std::string>> rows = rows_of(mapping);
    std::string html = "<h2>Mapping</h2>\n<p>" + html::escaped(words_of(mapping)) +
                       ". Arrays are those of one replica.</p>\n<table>\n" + html::header(rows[0]);
    for (std::size_t i = 1; i < rows.size(); ++i) {
        html += "<tr><td>" + layer_swatch(static_cast<int>(i) - 1) + html::escaped(rows[i][0]) + "</td>";
        for (std::size_t column = 1; column < rows[i].size(); ++column) {
            html += html::cell(rows[i][column], column + 1 < rows[i].size());
        }
        html += "</tr>\n";
    }
    html += "</table>\n";
    for (int round = 0; round < mapping.rounds; ++round) {
        if (mapping.rounds > 1) html += "<h2>Round " + std::to_string(round + 1) + "</h2>\n";
        html += chip_to_html(mapping.pictures[static_cast<std::size_t>(round)], mapping.layers, round);
    }
    return html;
}

std::string mapping_page(const MappingResult& mapping) {
    return html::page(mapping.network + " on " + mapping.hardware, mapping_to_html(mapping));
}

}  // namespace remask
