// Layout of a model file, format version 1:
//   /format          text "remask model"
//   /format_version  int64
//   /network         text, JSON (network_json.cpp)
//   /class_names     text, JSON list
//   /provenance      text
//   /parameters/X    float32, one dataset a parameter
#include "models/network/model_file.h"

#include <nlohmann/json.hpp>

#include "sim/base/diagnostics.h"
#include "sim/storage/hdf5_file.h"

namespace remask {
namespace {

constexpr std::int64_t kFormatVersion = 1;
const std::string kFormat = "remask model";

void check_format(const Hdf5Reader& file) {
    const std::string origin = file.path().string();
    if (!file.contains("/format") || file.read_text("/format") != kFormat) {
        throw InputError(origin + ": is not a remask model ('remask import' makes one of safetensors)");
    }
    const auto version = file.read<std::int64_t>("/format_version");
    if (version.size() != 1 || version[0] < 1 || version[0] > kFormatVersion) {
        throw InputError(origin + ": has format version " + (version.size() == 1 ? std::to_string(version[0]) : "?") +
                         "; this remask reads versions up to " + std::to_string(kFormatVersion));
    }
}

std::vector<std::string> read_class_names(const Hdf5Reader& file, int classes) {
    const std::string origin = file.path().string() + ": /class_names: ";
    std::vector<std::string> names;
    try {
        names = nlohmann::json::parse(file.read_text("/class_names")).get<std::vector<std::string>>();
    } catch (const nlohmann::json::exception& error) {
        throw InputError(origin + "is not a JSON list of texts: " + error.what());
    }
    if (!names.empty() && names.size() != static_cast<std::size_t>(classes)) {
        throw InputError(origin + "has " + std::to_string(names.size()) + " names for " + std::to_string(classes) +
                         " classes");
    }
    return names;
}

}  // namespace

Model load_model(const std::filesystem::path& path) {
    const Hdf5Reader file(path);
    check_format(file);
    Model model;
    model.network = network_from_json(file.read_text("/network"), path.string());
    for (const std::string& name : file.members("/parameters")) {
        std::string dataset = "/parameters/";
        dataset += name;
        model.parameters[name] = {file.shape(dataset), file.read<float>(dataset)};
    }
    check_parameters(model.network, model.parameters, path.string());
    model.class_names = read_class_names(file, model.network.classes());
    model.provenance = file.read_text("/provenance");
    return model;
}

void save_model(const std::filesystem::path& path, const Model& model) {
    check_parameters(model.network, model.parameters, path.string());
    Hdf5Writer file(path);
    file.write_text("/format", kFormat);
    file.write_scalar<std::int64_t>("/format_version", kFormatVersion);
    file.write_text("/network", network_to_json(model.network));
    file.write_text("/class_names", nlohmann::json(model.class_names).dump());
    file.write_text("/provenance", model.provenance);
    for (const auto& [name, tensor] : model.parameters) {
        std::string dataset = "/parameters/";
        dataset += name;
        file.write<float>(dataset, tensor.shape, tensor.values);
    }
    file.commit();
}

}  // namespace remask
