// remask import: published weights to a model file.
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "models/network/model_file.h"
#include "models/onnx/onnx_import.h"
#include "sim/app/backbone_training.h"
#include "sim/app/command_line.h"
#include "sim/app/commands/commands.h"
#include "sim/app/commands/print_json.h"
#include "sim/base/diagnostics.h"

namespace remask {

namespace {

/// Numbers between `separator`s; throws ConfigError that names the option.
std::vector<double> numbers_of(const std::string& option, const std::string& text, char separator,
                               const std::string& example) {
    std::vector<double> numbers;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (true) {
        double number = 0;
        const auto [next, fault] = std::from_chars(at, end, number);
        const bool sound = fault == std::errc() && std::isfinite(number) && (next == end || *next == separator);
        if (!sound)
            throw ConfigError("--" + option + " takes numbers, as in --" + option + " " + example + ", not '" + text +
                              "'");
        numbers.push_back(number);
        if (next == end) return numbers;
        at = next + 1;
    }
}

std::vector<float> floats_of(const Arguments& arguments, const std::string& option, const std::string& example) {
    const auto text = arguments.value(option);
    if (!text) return {};
    const std::vector<double> numbers = numbers_of(option, *text, ',', example);
    return {numbers.begin(), numbers.end()};
}

Shape shape_of(const Arguments& arguments) {
    const auto text = arguments.value("input");
    if (!text) return {};
    const std::vector<double> extents = numbers_of("input", *text, 'x', "3x224x224");
    for (const double extent : extents) {
        constexpr double largest = 1 << 20;
        if (extents.size() != 3 || extent < 1 || extent > largest || extent != std::floor(extent)) {
            throw ConfigError("--input takes channels x height x width, as in --input 3x224x224, not '" + *text + "'");
        }
    }
    return {static_cast<int>(extents[0]), static_cast<int>(extents[1]), static_cast<int>(extents[2])};
}

OnnxModel read_onnx_model(const std::filesystem::path& source, const Arguments& arguments) {
    if (arguments.has("architecture"))
        throw ConfigError("--architecture is for safetensors; ONNX says its network itself");
    OnnxOptions options;
    const std::vector<float> divisor = floats_of(arguments, "divisor", "255");
    if (divisor.size() > 1) throw ConfigError("--divisor takes one number");
    if (!divisor.empty()) options.divisor = divisor[0];
    options.mean = floats_of(arguments, "mean", "0.485,0.456,0.406");
    options.deviation = floats_of(arguments, "deviation", "0.229,0.224,0.225");
    options.input = shape_of(arguments);
    OnnxModel imported = import_onnx(source, options);
    if (options.mean.empty() && options.deviation.empty()) {
        imported.notes.push_back("images are given to it as bytes / " + nlohmann::json(options.divisor).dump() +
                                 "; where it was trained on others, say --mean and --deviation");
    }
    return imported;
}

OnnxModel read_safetensors_model(const std::filesystem::path& source, const Arguments& arguments) {
    for (const char* option : {"input", "divisor", "mean", "deviation"}) {
        if (arguments.has(option))
            throw ConfigError("--" + std::string(option) + " is for ONNX; a known network has its own");
    }
    return {import_safetensors(source, arguments.value("architecture").value_or("auto")), {}};
}

}  // namespace

int execute_import(const Arguments& arguments) {
    const std::filesystem::path source = arguments.positional()[0];
    std::string kind = source.extension().string();
    for (char& c : kind) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (kind != ".safetensors" && kind != ".onnx") {
        throw ConfigError(source.string() +
                          ": remask imports .onnx and .safetensors files; convert others first (scripts/README.md)");
    }
    const std::filesystem::path out = arguments.value("out").value_or(source.stem().string() + ".h5");
    std::error_code ignored;
    if (std::filesystem::equivalent(source, out, ignored)) {
        throw ConfigError("--out " + out.string() + ": this is the imported file itself, which would be lost");
    }
    const auto [model, notes] =
        kind == ".onnx" ? read_onnx_model(source, arguments) : read_safetensors_model(source, arguments);
    save_model(out, model);
    if (arguments.json()) {
        print_json(nlohmann::ordered_json{{"model", out.string()},
                                          {"network", model.network.name},
                                          {"parameters", parameter_count(model.network)},
                                          {"macs", macs(model.network)},
                                          {"classes", model.network.classes()},
                                          {"notes", notes}});
    } else if (!arguments.quiet()) {
        std::printf("%s: %s, %lld parameters, %lld multiply-accumulates an image, %d classes\n", out.c_str(),
                    model.network.name.c_str(), static_cast<long long>(parameter_count(model.network)),
                    static_cast<long long>(macs(model.network)), model.network.classes());
        for (const std::string& note : notes) std::fprintf(stderr, "note: %s\n", note.c_str());
    }
    return 0;
}

}  // namespace remask
