#include "models/methods/weight_owners.h"

#include <algorithm>
#include <cmath>

namespace remask {
namespace {

constexpr const char* tasks_so_far = "tasks";
constexpr std::string_view owner_suffix = ".owner";

std::string owner_name(const std::string& weight) {
    return weight.substr(0, weight.size() - std::string_view(".weight").size()) + std::string(owner_suffix);
}

void prune_layer(double share, float own, const std::vector<float>& weights, WeightOwners::Owners& owners) {
    std::vector<float> sizes;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (owners[i] == own) sizes.push_back(std::fabs(weights[i]));
    }
    const auto rank = static_cast<std::ptrdiff_t>(std::nearbyint(share * static_cast<double>(sizes.size())));
    if (rank == 0) return;
    std::nth_element(sizes.begin(), sizes.begin() + (rank - 1), sizes.end());
    const float cutoff = sizes[static_cast<std::size_t>(rank - 1)];
    for (std::size_t i = 0; i < weights.size(); ++i) {
        if (owners[i] == own && std::fabs(weights[i]) <= cutoff) owners[i] = 0.0f;
    }
}

}  // namespace

WeightOwners::WeightOwners(const std::vector<ArrayLayer>& layers, const TaskParameters* previous) {
    if (previous) task_ = static_cast<int>(previous->carried.at(tasks_so_far).values[0]) + 1;
    for (const ArrayLayer& layer : layers) {
        if (layer.classifier) continue;
        const auto size = static_cast<std::size_t>(layer.filters * layer.rows);
        const bool known = previous != nullptr && previous->carried.count(owner_name(layer.weight())) > 0;
        owners_[layer.weight()] = known ? previous->carried.at(owner_name(layer.weight())).values : Owners(size, 0.0f);
    }
}

void WeightOwners::take_free() {
    for (auto& [name, owners] : owners_) std::replace(owners.begin(), owners.end(), 0.0f, own_number());
}

void WeightOwners::prune(double share, const ParameterMap& weights) {
    for (auto& [name, owners] : owners_) prune_layer(share, own_number(), weights.at(name).values, owners);
}

std::int64_t WeightOwners::owned() const {
    std::int64_t count = 0;
    for (const auto& [name, owners] : owners_) count += std::count(owners.begin(), owners.end(), own_number());
    return count;
}

int WeightOwners::bits_per_weight() const {
    int bits = 0;
    while ((1 << bits) < task_ + 1) ++bits;
    return bits;
}

void WeightOwners::carry(ParameterMap& kept) const {
    for (const auto& [name, owners] : owners_) kept[owner_name(name)] = {kept.at(name).shape, owners};
    kept[tasks_so_far] = {{1}, {own_number()}};
}

std::string weight_of_owners(const std::string& name) {
    if (!name.ends_with(owner_suffix)) return "";
    return name.substr(0, name.size() - owner_suffix.size()) + ".weight";
}

}  // namespace remask
