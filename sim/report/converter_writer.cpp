// The use of the ADCs: converters.csv, and the line of the terminal's summary.
#include <cstdio>

#include "sim/report/writers.h"

namespace remask {

namespace {

std::string percent(double share) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.3g %%", share * 100.0);
    return buffer;
}

void append_rows(std::string& csv, const std::string& task, const std::string& method, const std::string& layer,
                 const std::vector<ConverterUse>& converters) {
    for (const ConverterUse& use : converters) {
        csv += csv_field(task) + "," + csv_field(method) + "," + csv_field(layer);
        for (const std::int64_t number : {std::int64_t{use.slice}, std::int64_t{use.side}}) {
            csv += "," + std::to_string(number);
        }
        csv += "," + shortest(use.lo) + "," + shortest(use.hi);
        for (const std::int64_t number : {use.conversions, use.clipped_low, use.clipped_high, use.codes, use.codes_used,
                                          use.lowest_code, use.highest_code}) {
            csv += "," + std::to_string(number);
        }
        csv += "\r\n";
    }
}

}  // namespace

std::string converters_to_csv(const Results& results) {
    std::string csv =
        "task,method,layer,slice,side,adc_lo,adc_hi,conversions,clipped_low,clipped_high,codes,codes_used,lowest_code,"
        "highest_code\r\n";
    for (const LayerResult& layer : results.layers) append_rows(csv, "backbone", "", layer.name, layer.converters);
    for (const TaskResult& task : results.tasks) {
        for (std::size_t slot = 0; slot < task.converters.size(); ++slot) {
            append_rows(csv, task.task, task.method, task.layers[slot], task.converters[slot]);
        }
    }
    return csv;
}

ConverterUse joined(const std::vector<ConverterUse>& converters) {
    ConverterUse all;
    for (const ConverterUse& use : converters) {
        all.conversions += use.conversions;
        all.clipped_low += use.clipped_low;
        all.clipped_high += use.clipped_high;
        if (use.codes_used > all.codes_used) {
            all.codes_used = use.codes_used;
            all.codes = use.codes;
        }
    }
    return all;
}

std::string converter_words(const std::vector<std::string>& layers,
                            const std::vector<std::vector<ConverterUse>>& converters) {
    std::vector<ConverterUse> all;
    std::size_t most = 0, fewest = 0;
    for (std::size_t slot = 0; slot < converters.size(); ++slot) {
        const ConverterUse of_layer = joined(converters[slot]);
        if (of_layer.conversions == 0) return {};
        all.push_back(of_layer);
        if (of_layer.clipped_share() > all[most].clipped_share()) most = slot;
        if (of_layer.codes_used < all[fewest].codes_used) fewest = slot;
    }
    if (all.empty()) return {};
    std::string words = percent(joined(all).clipped_share()) + " of the conversions clipped";
    if (all[most].clipped_share() > 0.0) {
        words += " (most in " + layers[most] + ": " + percent(all[most].clipped_share()) + ")";
    }
    return words + ", fewest codes used in " + layers[fewest] + ": " + std::to_string(all[fewest].codes_used) + " of " +
           std::to_string(all[fewest].codes);
}

}  // namespace remask
