// Inside the folder only: appends layers to a network, so that a builder reads like the network's picture.
#pragma once

#include <string>

#include "models/network/network.h"

namespace remask {

/// Every call appends one layer and returns its index.
class GraphWriter {
public:
    explicit GraphWriter(Network& network) : network_(network) { append("input", LayerKind::input, {}); }

    struct Window {
        int kernel = 3;
        int stride = 1;
        Padding padding{};
    };
    /// The padding that keeps the size at stride 1.
    static Padding same(int kernel) {
        const int p = kernel / 2;
        return {p, p, p, p};
    }

    int convolution(const std::string& name, int input, int channels, const Window& window, bool bias = false);
    int batch_norm(const std::string& name, int input, float epsilon = 1e-5f);
    int relu(const std::string& name, int input) { return append(name, LayerKind::relu, {input}); }
    int max_pool(const std::string& name, int input, int size) { return max_pool(name, input, Window{size, size, {}}); }
    int max_pool(const std::string& name, int input, const Window& window);
    int average_pool(const std::string& name, int input, int size);
    int add(const std::string& name, int first, int second) { return append(name, LayerKind::add, {first, second}); }
    int subsample_pad(const std::string& name, int input, int channels, int stride);
    int global_average_pool(const std::string& name, int input) {
        return append(name, LayerKind::global_average_pool, {input});
    }
    int flatten(const std::string& name, int input) { return append(name, LayerKind::flatten, {input}); }
    int linear(const std::string& name, int input, int outputs);

private:
    int append(const std::string& name, LayerKind kind, std::vector<int> inputs);
    Layer& last() { return network_.layers.back(); }

    Network& network_;
};

}  // namespace remask
