// Network <-> JSON: one object a layer, only the members that its kind has.
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "models/network/model_file.h"
#include "sim/base/diagnostics.h"

namespace remask {
namespace {

using Json = nlohmann::ordered_json;

/// In the order of LayerKind.
constexpr std::array<std::string_view, 16> kKinds{
    "input",    "convolution",   "batch_norm", "relu",   "max_pool",     "average_pool", "global_average_pool",
    "add",      "subsample_pad", "flatten",    "linear", "hard_sigmoid", "gate",         "multiply",
    "upsample", "concatenate",
};

bool has_channels(LayerKind kind) {
    return kind == LayerKind::convolution || kind == LayerKind::linear || kind == LayerKind::subsample_pad;
}
bool has_window(LayerKind kind) {
    return kind == LayerKind::convolution || kind == LayerKind::max_pool || kind == LayerKind::average_pool;
}
bool has_stride(LayerKind kind) {
    return has_window(kind) || kind == LayerKind::subsample_pad || kind == LayerKind::upsample;
}

Json layer_to_json(const Layer& layer) {
    Json json{{"name", layer.name}, {"kind", kKinds[static_cast<std::size_t>(layer.kind)]}, {"inputs", layer.inputs}};
    if (has_channels(layer.kind)) json["out_channels"] = layer.out_channels;
    if (has_window(layer.kind)) {
        const Padding& p = layer.padding;
        json["kernel"] = {layer.kernel_height, layer.kernel_width};
        json["padding"] = {p.top, p.left, p.bottom, p.right};
    }
    if (has_stride(layer.kind)) json["stride"] = layer.stride;
    if (layer.kind == LayerKind::upsample) json["cut_off"] = {layer.padding.bottom, layer.padding.right};
    if (layer.kind == LayerKind::convolution) {
        json["groups"] = layer.groups;
        json["bias"] = layer.bias;
        if (layer.digital) json["digital"] = true;
    }
    if (layer.kind == LayerKind::batch_norm) json["epsilon"] = layer.epsilon;
    return json;
}

/// Typed access that says what is wrong; nothing is converted silently.
class Reader {
public:
    Reader(const Json& json, std::string place) : json_(json), place_(std::move(place)) {
        if (!json.is_object()) fail("is not an object");
    }
    [[noreturn]] void fail(const std::string& what) const { throw InputError(place_ + " " + what); }

    const Json& at(const char* key) const {
        const auto found = json_.find(key);
        if (found == json_.end()) fail(std::string("has no '") + key + "'");
        return *found;
    }
    bool has(const char* key) const { return json_.contains(key); }
    std::string text(const char* key) const {
        if (!at(key).is_string()) fail(std::string("'") + key + "' must be text");
        return at(key).get<std::string>();
    }
    int integer(const char* key) const { return integer(at(key), key); }
    bool boolean(const char* key) const {
        if (!at(key).is_boolean()) fail(std::string("'") + key + "' must be true or false");
        return at(key).get<bool>();
    }
    float number(const char* key) const { return number(at(key), key); }
    std::vector<int> integers(const char* key) const {
        std::vector<int> result;
        for (const Json& item : list(key)) result.push_back(integer(item, key));
        return result;
    }
    std::vector<int> integers(const char* key, std::size_t count) const {
        std::vector<int> result = integers(key);
        if (result.size() != count) fail(std::string("'") + key + "' must have " + std::to_string(count) + " numbers");
        return result;
    }
    std::vector<float> numbers(const char* key) const {
        std::vector<float> result;
        for (const Json& item : list(key)) result.push_back(number(item, key));
        return result;
    }
    const Json& list(const char* key) const {
        if (!at(key).is_array()) fail(std::string("'") + key + "' must be a list");
        return at(key);
    }

private:
    int integer(const Json& value, const char* key) const {
        if (!value.is_number_integer() || value > std::numeric_limits<int>::max() ||
            value < std::numeric_limits<int>::min()) {
            fail(std::string("'") + key + "' must be an integer");
        }
        return value.get<int>();
    }
    float number(const Json& value, const char* key) const {
        if (!value.is_number()) fail(std::string("'") + key + "' must be a number");
        return value.get<float>();
    }

    const Json& json_;
    std::string place_;
};

LayerKind kind_of(const Reader& reader) {
    const std::string word = reader.text("kind");
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
        if (kKinds[i] == word) return static_cast<LayerKind>(i);
    }
    reader.fail("has the unknown kind '" + word + "'; was it written by a newer remask?");
}

Layer layer_from_json(const Reader& reader) {
    Layer layer;
    layer.name = reader.text("name");
    layer.kind = kind_of(reader);
    layer.inputs = reader.integers("inputs");
    if (has_channels(layer.kind)) layer.out_channels = reader.integer("out_channels");
    if (has_window(layer.kind)) {
        const auto kernel = reader.integers("kernel", 2);
        const auto padding = reader.integers("padding", 4);
        layer.kernel_height = kernel[0];
        layer.kernel_width = kernel[1];
        layer.padding = {padding[0], padding[1], padding[2], padding[3]};
    }
    if (has_stride(layer.kind)) layer.stride = reader.integer("stride");
    if (layer.kind == LayerKind::upsample) {
        const auto cut_off = reader.integers("cut_off", 2);
        layer.padding = {0, 0, cut_off[0], cut_off[1]};
    }
    if (layer.kind == LayerKind::convolution) {
        layer.groups = reader.integer("groups");
        layer.bias = reader.boolean("bias");
        layer.digital = reader.has("digital") && reader.boolean("digital");
    }
    if (layer.kind == LayerKind::batch_norm) layer.epsilon = reader.number("epsilon");
    return layer;
}

}  // namespace

std::string network_to_json(const Network& network) {
    const Shape& in = network.input;
    const Normalisation& n = network.normalisation;
    Json json{{"name", network.name}, {"input", {in.channels, in.height, in.width}}};
    json["normalisation"] = {{"divisor", n.divisor}, {"mean", n.mean}, {"deviation", n.deviation}};
    json["layers"] = Json::array();
    for (const Layer& layer : network.layers) json["layers"].push_back(layer_to_json(layer));
    return json.dump(1);
}

Network network_from_json(const std::string& text, const std::string& origin) {
    Json json;
    try {
        json = Json::parse(text);
    } catch (const Json::exception& error) {
        throw InputError(origin + ": the network's description is not JSON: " + error.what());
    }
    const Reader reader(json, origin + ": the network's description");
    Network network;
    network.name = reader.text("name");
    const auto input = reader.integers("input", 3);
    network.input = {input[0], input[1], input[2]};
    const Reader normalisation(reader.at("normalisation"), origin + ": the network's normalisation");
    network.normalisation = {normalisation.number("divisor"), normalisation.numbers("mean"),
                             normalisation.numbers("deviation")};
    for (const Json& layer : reader.list("layers")) {
        const std::string place = origin + ": layer " + std::to_string(network.layers.size());
        network.layers.push_back(layer_from_json(Reader(layer, place)));
    }
    try {
        finish(network);
    } catch (const ConfigError& error) {
        throw InputError(origin + ": " + error.diagnostics().front().message);
    }
    return network;
}

}  // namespace remask
