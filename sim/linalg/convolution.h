// Two-dimensional convolutions of images whose channels lie side by side ([image][y][x][channel]), and their gradients,
// by oneDNN, which makes its kernels for the processor at run time. One thread a call, safe to call from many threads
// at once. Sums are in float32; their last bits depend on the processor, never on the number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace remask {

struct ConvolutionSize {
    int in_channels, in_height, in_width;
    int out_channels, out_height, out_width;
    int kernel_height, kernel_width;
    int stride;
    int pad_top, pad_left;  ///< what lies below and right follows from the sizes
    int groups;

    std::int64_t in_size() const { return std::int64_t{in_channels} * in_height * in_width; }
    std::int64_t out_size() const { return std::int64_t{out_channels} * out_height * out_width; }
    std::int64_t weight_count() const {
        return std::int64_t{out_channels} * (in_channels / groups) * kernel_height * kernel_width;
    }
};

/// Weights in the order that the kernels want: packed once, read by any number of threads.
struct PackedWeights {
    std::vector<float> values;
};

class Convolution {
public:
    /// Throws InternalError where the library refuses the sizes.
    explicit Convolution(const ConvolutionSize& size);
    ~Convolution();
    Convolution(Convolution&&) noexcept;
    Convolution& operator=(Convolution&&) noexcept;

    const ConvolutionSize& size() const;

    /// `weights` [out][in/groups][kernel y][kernel x].
    void pack_forward(const float* weights, PackedWeights& packed) const;
    void pack_backward(const float* weights, PackedWeights& packed) const;

    /// output = weights ∗ input + bias, overwritten; `bias` [out] or null.
    void forward(const PackedWeights& weights, const float* bias, int images, const float* input, float* output) const;

    /// input_gradient = the transposed convolution of output_gradient, overwritten. Weights from pack_backward().
    void input_gradient(const PackedWeights& weights, int images, const float* output_gradient,
                        float* input_gradient) const;

    /// Floats of a packed weight gradient.
    std::int64_t packed_gradient_size() const;
    /// The sum over the images, overwritten, in an order of the library's own: sums of such are formed element by
    /// element, then unpacked.
    void weight_gradient(int images, const float* input, const float* output_gradient, float* packed) const;
    /// To [out][in/groups][kernel y][kernel x].
    void unpack_gradient(const float* packed, float* weights) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Version of the library, for `remask info`.
std::string convolution_library_description();

}  // namespace remask
