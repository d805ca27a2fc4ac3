#include <nlohmann/json.hpp>

#include "sim/app/run/measure.h"
#include "sim/base/diagnostics.h"

namespace remask {

using Json = nlohmann::ordered_json;

namespace {

Json converters_json(const std::vector<std::vector<ConverterUse>>& converters) {
    Json slots = Json::array();
    for (const auto& slot : converters) {
        Json planes = Json::array();
        for (const ConverterUse& use : slot) {
            planes.push_back({use.slice, use.side, use.lo, use.hi, use.conversions, use.clipped_low, use.clipped_high,
                              use.codes, use.codes_used, use.lowest_code, use.highest_code});
        }
        slots.push_back(planes);
    }
    return slots;
}

ConverterUse converter_of(const Json& json) {
    ConverterUse use;
    use.slice = json.at(0).get<int>();
    use.side = json.at(1).get<int>();
    use.lo = json.at(2).get<double>();
    use.hi = json.at(3).get<double>();
    std::size_t at = 4;
    for (std::int64_t* count : {&use.conversions, &use.clipped_low, &use.clipped_high, &use.codes, &use.codes_used,
                                &use.lowest_code, &use.highest_code}) {
        *count = json.at(at++).get<std::int64_t>();
    }
    return use;
}

}  // namespace

std::string to_json(const Measurement& measurement) {
    Json windows = Json::array(), activities = Json::array();
    for (const auto& slot : measurement.adc_windows) {
        Json of_slot = Json::array();
        for (const AdcWindow& window : slot) of_slot.push_back({window.lo, window.hi});
        windows.push_back(of_slot);
    }
    for (const SlotActivity& activity : measurement.activities) {
        const ReadSums reads = activity.reads.value_or(ReadSums{});
        activities.push_back({activity.nonzero_digits, reads.squares, reads.level_squares});
    }
    const Json json{
        {"float_accuracy", measurement.float_accuracy},
        {"crossbar_accuracy", measurement.crossbar_accuracy},
        {"integer_accuracy", measurement.integer_accuracy ? Json(*measurement.integer_accuracy) : Json(nullptr)},
        {"crossbar_equals_integer", measurement.crossbar_equals_integer},
        {"confusion", measurement.confusion},
        {"conversions",
         {measurement.statistics.conversions_simulated, measurement.statistics.conversions_proved_exact,
          measurement.statistics.conversions_clipped}},
        {"adc_windows", windows},
        {"activities", activities},
        {"converters", converters_json(measurement.converters)},
        {"images", measurement.images},
        {"crossbar_wall_s", measurement.crossbar_wall_s},
        {"crossbar_cpu_s", measurement.crossbar_cpu_s}};
    return json.dump(1) + "\n";
}

Measurement measurement_of_json(const std::string& text, const std::string& origin) {
    try {
        const Json json = Json::parse(text);
        Measurement measurement;
        measurement.float_accuracy = json.at("float_accuracy").get<double>();
        measurement.crossbar_accuracy = json.at("crossbar_accuracy").get<double>();
        if (!json.at("integer_accuracy").is_null()) {
            measurement.integer_accuracy = json.at("integer_accuracy").get<double>();
        }
        measurement.crossbar_equals_integer = json.at("crossbar_equals_integer").get<bool>();
        measurement.confusion = json.at("confusion").get<std::vector<std::int64_t>>();
        measurement.statistics.conversions_simulated = json.at("conversions").at(0).get<std::int64_t>();
        measurement.statistics.conversions_proved_exact = json.at("conversions").at(1).get<std::int64_t>();
        measurement.statistics.conversions_clipped = json.at("conversions").at(2).get<std::int64_t>();
        for (const Json& slot : json.at("adc_windows")) {
            auto& windows = measurement.adc_windows.emplace_back();
            for (const Json& window : slot) windows.push_back({window.at(0).get<double>(), window.at(1).get<double>()});
        }
        for (const Json& activity : json.at("activities")) {
            SlotActivity& slot = measurement.activities.emplace_back();
            slot.nonzero_digits = activity.at(0).get<double>();
            slot.reads = {activity.at(1).get<double>(), activity.at(2).get<double>()};
        }
        for (const Json& slot : json.at("converters")) {
            auto& planes = measurement.converters.emplace_back();
            for (const Json& plane : slot) planes.push_back(converter_of(plane));
        }
        measurement.images = json.at("images").get<std::int64_t>();
        measurement.crossbar_wall_s = json.at("crossbar_wall_s").get<double>();
        measurement.crossbar_cpu_s = json.at("crossbar_cpu_s").get<double>();
        return measurement;
    } catch (const nlohmann::json::exception& fault) {
        throw InputError(origin + ": not a measurement of remask (" + fault.what() + "); delete it and run again");
    }
}

}  // namespace remask
