// Pictures of a chip and of its tiles as inline SVG: a square an array, coloured by its layer, filled as far as its
// rows (down) and columns (to the right) are in use. Equal tiles are drawn once.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "sim/report/html.h"
#include "sim/report/writers.h"

namespace remask {

namespace {

constexpr std::size_t most_tiles_drawn = 60;         // kinds of tiles
constexpr std::size_t most_arrays_drawn = 30'000;    // of all tiles drawn
constexpr std::int64_t most_tiles_in_plan = 20'000;  // squares of the floor plan

std::string number(double value) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.1f", value);
    std::string text = buffer;
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text;
}

std::string rectangle(double x, double y, double width, double height) {
    return "M" + number(x) + " " + number(y) + "h" + number(width) + "v" + number(height) + "h" + number(-width) + "z";
}

/// Neighbours in the network get colours far apart.
std::string colour_of(int layer) {
    constexpr int golden_angle = 137;
    return "hsl(" + std::to_string(layer * golden_angle % 360) + (layer % 2 == 0 ? ",62%,48%)" : ",50%,64%)");
}

std::string swatch(int layer) {
    return "<i class=s style=\"background:" + colour_of(layer) + "\"></i>";
}

int side_of_grid(int cells) {
    return static_cast<int>(std::ceil(std::sqrt(static_cast<double>(cells))));
}

/// Where the arrays of a tile are drawn: PEs in rows, arrays in rows within each.
struct TileLayout {
    int pes, pes_across, arrays_of_pe, arrays_across;
    double side = 12.0;  ///< of an array's square
    double gap = 2.0, margin = 5.0;

    explicit TileLayout(const ChipPicture& chip)
        : pes(chip.pes_per_tile),
          pes_across(side_of_grid(chip.pes_per_tile)),
          arrays_of_pe(chip.arrays_per_pe),
          arrays_across(side_of_grid(chip.arrays_per_pe)) {
        constexpr double widest = 560.0;
        side = std::clamp(widest / (pes_across * arrays_across) - gap, 4.0, 12.0);
    }
    double pe_width() const { return arrays_across * (side + gap) + margin; }
    double pe_height() const {
        const int down = (arrays_of_pe + arrays_across - 1) / arrays_across;
        return down * (side + gap) + margin;
    }
    double width() const { return pes_across * pe_width() + 1; }
    double height() const { return (pes + pes_across - 1) / pes_across * pe_height() + 1; }
    double pe_x(int pe) const { return pe % pes_across * pe_width() + 0.5; }
    double pe_y(int pe) const { return pe / pes_across * pe_height() + 0.5; }
    double x(int array) const {
        return pe_x(array / arrays_of_pe) + array % arrays_of_pe % arrays_across * (side + gap) + gap;
    }
    double y(int array) const {
        return pe_y(array / arrays_of_pe) + array % arrays_of_pe / arrays_across * (side + gap) + gap;
    }
};

/// The empty tile, drawn once and shown below every other.
std::string empty_tile(const TileLayout& layout, const std::string& id) {
    std::string pes, arrays;
    for (int pe = 0; pe < layout.pes; ++pe) {
        pes += rectangle(layout.pe_x(pe), layout.pe_y(pe), layout.pe_width() - 2, layout.pe_height() - 2);
    }
    for (int array = 0; array < layout.pes * layout.arrays_of_pe; ++array) {
        arrays += rectangle(layout.x(array), layout.y(array), layout.side, layout.side);
    }
    return "<svg width=\"0\" height=\"0\"><defs><g id=\"" + id + "\"><path d=\"" + pes +
           "\" fill=\"#f7f7f7\" stroke=\"#999\"/><path d=\"" + arrays + "\" fill=\"#e4e4e4\"/></g></defs></svg>\n";
}

/// Arrays of each layer on a tile.
std::map<int, std::int64_t> arrays_by_layer(const TilePicture& tile) {
    std::map<int, std::int64_t> arrays;
    for (const ArrayPicture& array : tile.arrays) {
        if (array.layer >= 0) ++arrays[array.layer];
    }
    return arrays;
}

/// "tiles 5 to 40, 42 (37 alike)".
std::string tile_names(const std::vector<std::int64_t>& tiles) {
    std::vector<std::int64_t> sorted = tiles;
    std::sort(sorted.begin(), sorted.end());
    std::string names = sorted.size() == 1 ? "tile " : "tiles ";
    for (std::size_t i = 0; i < sorted.size();) {
        std::size_t last = i;
        while (last + 1 < sorted.size() && sorted[last + 1] == sorted[last] + 1) ++last;
        names += (i > 0 ? ", " : "") + std::to_string(sorted[i]);
        if (last > i) names += (last == i + 1 ? ", " : " to ") + std::to_string(sorted[last]);
        i = last + 1;
    }
    return names + (sorted.size() > 1 ? " (" + std::to_string(sorted.size()) + " alike)" : "");
}

std::string tile_figure(const TilePicture& tile, const TileLayout& layout, const std::vector<LayerPlace>& layers,
                        const std::string& empty) {
    std::map<int, std::string> paths;
    std::map<int, double> cells;
    for (std::size_t i = 0; i < tile.arrays.size(); ++i) {
        const ArrayPicture& array = tile.arrays[i];
        if (array.layer < 0) continue;
        const int index = static_cast<int>(i);
        paths[array.layer] +=
            rectangle(layout.x(index), layout.y(index), layout.side * array.columns, layout.side * array.rows);
        cells[array.layer] += array.rows * array.columns;
    }
    std::string shapes, caption;
    for (const auto& [layer, arrays] : arrays_by_layer(tile)) {
        const std::string name = html::escaped(layers[static_cast<std::size_t>(layer)].name);
        const std::string words = name + ": " + std::to_string(arrays) + (arrays == 1 ? " array, " : " arrays, ") +
                                  html::percent(cells[layer] / static_cast<double>(arrays)) + " used";
        shapes +=
            "<path fill=\"" + colour_of(layer) + "\" d=\"" + paths[layer] + "\"><title>" + words + "</title></path>";
        caption += "<br>" + swatch(layer) + words;
    }
    return "<figure><svg width=\"" + number(layout.width()) + "\" height=\"" + number(layout.height()) +
           "\"><use href=\"#" + empty + "\"/>" + shapes + "</svg><figcaption>" + tile_names(tile.tiles) + caption +
           "</figcaption></figure>\n";
}

/// Every tile of the chip at its place on the mesh, filled from below with its layers' shares of the arrays.
std::string floor_plan(const ChipPicture& chip, const std::vector<LayerPlace>& layers) {
    std::int64_t last = std::min(chip.tiles, most_tiles_in_plan) - 1;
    for (const TilePicture& kind : chip.kinds) {
        last = std::max(last, *std::max_element(kind.tiles.begin(), kind.tiles.end()));
    }
    const double side = std::clamp(900.0 / static_cast<double>(chip.mesh_width), 8.0, 36.0), inside = side - 3;
    const auto x = [&](std::int64_t tile) { return static_cast<double>(tile % chip.mesh_width) * side + 1; };
    const auto y = [&](std::int64_t tile) { return static_cast<double>(tile / chip.mesh_width) * side + 1; };
    std::string outlines, numbers;
    for (std::int64_t tile = 0; tile <= last; ++tile) outlines += rectangle(x(tile), y(tile), inside, inside);
    std::map<int, std::string> paths;
    for (const TilePicture& kind : chip.kinds) {
        const std::map<int, std::int64_t> arrays = arrays_by_layer(kind);
        for (const std::int64_t tile : kind.tiles) {
            double bottom = y(tile) + inside;
            for (const auto& [layer, count] : arrays) {
                const double height = inside * static_cast<double>(count) / static_cast<double>(kind.arrays.size());
                bottom -= height;
                paths[layer] += rectangle(x(tile), bottom, inside, height);
            }
            if (side < 20) continue;
            numbers += "<text x=\"" + number(x(tile) + 2) + "\" y=\"" + number(y(tile) + 9) + "\">" +
                       std::to_string(tile) + "</text>";
        }
    }
    std::string svg = "<svg width=\"" + number(static_cast<double>(std::min(chip.mesh_width, last + 1)) * side + 2) +
                      "\" height=\"" + number(static_cast<double>(last / chip.mesh_width + 1) * side + 2) +
                      "\" font-size=\"8\"><path d=\"" + outlines + "\" fill=\"#f7f7f7\" stroke=\"#999\"/>";
    for (const auto& [layer, path] : paths) {
        svg += "<path fill=\"" + colour_of(layer) + "\" d=\"" + path + "\"><title>" +
               html::escaped(layers[static_cast<std::size_t>(layer)].name) + "</title></path>";
    }
    return svg + numbers + "</svg>\n";
}

}  // namespace

std::string chip_to_html(const ChipPicture& chip, const std::vector<LayerPlace>& layers, int round) {
    if (chip.kinds.empty()) return "<p>The chip is not drawn: its tiles in use have too many arrays.</p>\n";
    const TileLayout layout(chip);
    const std::string empty = "tile" + std::to_string(round);
    const std::size_t by_arrays = std::max<std::size_t>(1, most_arrays_drawn / chip.kinds[0].arrays.size());
    const std::size_t drawn = std::min({chip.kinds.size(), most_tiles_drawn, by_arrays});
    std::string html =
        "<h3>The chip</h3>\n<p>Every tile at its place on the mesh, filled with its layers' shares of "
        "its arrays.</p>\n" +
        floor_plan(chip, layers) +
        "<h3>Its tiles</h3>\n<p>PEs, and in them arrays: filled to the right as far as columns, "
        "downwards as far as rows are in use. Tiles that hold the same are drawn once";
    if (drawn < chip.kinds.size()) {
        html += "; of " + std::to_string(chip.kinds.size()) + " different tiles the first " + std::to_string(drawn) +
                " are drawn";
    }
    html += ".</p>\n" + empty_tile(layout, empty) + "<div class=tiles>\n";
    for (std::size_t i = 0; i < drawn; ++i) html += tile_figure(chip.kinds[i], layout, layers, empty);
    return html + "</div>\n";
}

std::string layer_swatch(int layer) {
    return swatch(layer);
}

}  // namespace remask
