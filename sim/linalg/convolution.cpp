#include "sim/linalg/convolution.h"

#include <map>
#include <mutex>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>
#include <utility>

#include "sim/base/diagnostics.h"

extern "C" void omp_set_num_threads(int count);  // oneDNN's threads are OpenMP's

namespace remask {

namespace {

using Tag = dnnl::memory::format_tag;
using Description = dnnl::memory::desc;

constexpr auto float32 = dnnl::memory::data_type::f32;
constexpr auto direct = dnnl::algorithm::convolution_direct;
constexpr auto training = dnnl::prop_kind::forward_training;

const dnnl::engine& processor() {
    static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

/// Floats before and after a scratchpad. oneDNN 2.6 was seen to write up to a vector beyond the size that it
/// asks for (AVX2, a residual block's convolution of few channels; valgrind).
constexpr std::size_t scratch_margin = 256;

/// What each calling thread has of its own.
struct ThreadState {
    ThreadState() : stream((omp_set_num_threads(1), processor())) {}
    dnnl::stream stream;
    std::vector<float> scratch;
};

ThreadState& this_thread() {
    thread_local ThreadState state;
    return state;
}

/// An argument that is only read has to lose its const: the library's memory objects know no other.
dnnl::memory bound(const Description& description, const float* data) {
    return {description, processor(), const_cast<float*>(data)};
}

using Arguments = std::unordered_map<int, dnnl::memory>;

void execute(const dnnl::primitive& primitive, const Description& scratchpad, Arguments arguments) {
    ThreadState& thread = this_thread();
    const std::size_t needed = scratchpad.get_size() / sizeof(float) + 1 + 2 * scratch_margin;
    thread.scratch.resize(std::max(thread.scratch.size(), needed));
    arguments.emplace(DNNL_ARG_SCRATCHPAD, bound(scratchpad, thread.scratch.data() + scratch_margin));
    primitive.execute(thread.stream, arguments);
}

/// Copies between two layouts of the same weights.
class Reorder {
public:
    Reorder() = default;
    Reorder(Description from, Description to)
        : from_(std::move(from)), to_(std::move(to)), primitive_({processor(), from_, processor(), to_}) {}

    std::size_t floats() const { return (to_.get_size() + sizeof(float) - 1) / sizeof(float); }
    void execute(const float* from, float* to) const {
        primitive_.execute(this_thread().stream, {{DNNL_ARG_FROM, bound(from_, from)}, {DNNL_ARG_TO, bound(to_, to)}});
    }

private:
    Description from_, to_;
    dnnl::reorder primitive_;
};

dnnl::primitive_attr caller_owns_scratchpad() {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attributes;
}

/// A primitive and what its calls need.
template <class Primitive>
struct Prepared {
    typename Primitive::primitive_desc description;
    Primitive primitive;
    Description scratchpad;

    explicit Prepared(const typename Primitive::primitive_desc& from)
        : description(from), primitive(from), scratchpad(from.scratchpad_desc()) {}
};

struct Layouts {
    Description weights, input, output, bias;
};

/// The primitives for one number of images.
struct Primitives {
    Prepared<dnnl::convolution_forward> forward, forward_with_bias;
    Prepared<dnnl::convolution_backward_data> input_gradient;
    Prepared<dnnl::convolution_backward_weights> weight_gradient;
    Description input, output;
};

}  // namespace

struct Convolution::State {
    explicit State(const ConvolutionSize& size_) : size(size_) {
        if (size.groups > 1) {
            weight_dims = {size.groups, size.out_channels / size.groups, size.in_channels / size.groups,
                           size.kernel_height, size.kernel_width};
        } else {
            weight_dims = {size.out_channels, size.in_channels, size.kernel_height, size.kernel_width};
        }
        plain_weights = Description(weight_dims, float32, size.groups > 1 ? Tag::goihw : Tag::oihw);
        // Layouts of packed weights are settled once, for some images, and kept for every other number of them.
        forward_weights = backward_weights = weight_gradients = Description(weight_dims, float32, Tag::any);
        const Primitives& some = primitives(4);
        forward_weights = some.forward.description.weights_desc();
        backward_weights = some.input_gradient.description.weights_desc();
        weight_gradients = some.weight_gradient.description.diff_weights_desc();
        pack_forward = {plain_weights, forward_weights};
        pack_backward = {plain_weights, backward_weights};
        unpack_gradient = {weight_gradients, plain_weights};
    }

    const Primitives& primitives(int images) {
        this_thread();  // one thread: the library plans its work for the caller's number
        const std::lock_guard lock(mutex);
        auto found = by_images.find(images);
        if (found == by_images.end()) found = by_images.emplace(images, make(images)).first;
        return found->second;
    }

    Primitives make(int images) const {
        const Description input({images, size.in_channels, size.in_height, size.in_width}, float32, Tag::nhwc);
        const Description output({images, size.out_channels, size.out_height, size.out_width}, float32, Tag::nhwc);
        const Description bias({size.out_channels}, float32, Tag::x);
        const dnnl::memory::dims strides{size.stride, size.stride};
        const dnnl::memory::dims before{size.pad_top, size.pad_left};
        const dnnl::memory::dims after{
            (size.out_height - 1) * size.stride + size.kernel_height - size.in_height - size.pad_top,
            (size.out_width - 1) * size.stride + size.kernel_width - size.in_width - size.pad_left};
        const dnnl::primitive_attr attributes = caller_owns_scratchpad();
        const dnnl::convolution_forward::primitive_desc forward(
            {training, direct, input, forward_weights, output, strides, before, after}, attributes, processor());
        const dnnl::convolution_forward::primitive_desc with_bias(
            {training, direct, input, forward.weights_desc(), bias, output, strides, before, after}, attributes,
            processor());
        return {
            Prepared<dnnl::convolution_forward>(forward),
            Prepared<dnnl::convolution_forward>(with_bias),
            Prepared<dnnl::convolution_backward_data>(
                {{direct, input, backward_weights, output, strides, before, after}, attributes, processor(), forward}),
            Prepared<dnnl::convolution_backward_weights>(
                {{direct, input, weight_gradients, output, strides, before, after}, attributes, processor(), forward}),
            input,
            output};
    }

    ConvolutionSize size;
    dnnl::memory::dims weight_dims;
    Description plain_weights, forward_weights, backward_weights, weight_gradients;
    Reorder pack_forward, pack_backward, unpack_gradient;
    std::mutex mutex;
    std::map<int, Primitives> by_images;  // nodes stay where they are
};

namespace {

template <class Work>
auto translated(const char* what, const Work& work) {
    try {
        return work();
    } catch (const dnnl::error& error) {
        throw InternalError(std::string(what) + ": " + error.what());
    }
}

}  // namespace

Convolution::Convolution(const ConvolutionSize& size)
    : state_(translated("convolution", [&] { return std::make_unique<State>(size); })) {}
Convolution::~Convolution() = default;
Convolution::Convolution(Convolution&&) noexcept = default;
Convolution& Convolution::operator=(Convolution&&) noexcept = default;

const ConvolutionSize& Convolution::size() const {
    return state_->size;
}

void Convolution::pack_forward(const float* weights, PackedWeights& packed) const {
    packed.values.resize(state_->pack_forward.floats());
    state_->pack_forward.execute(weights, packed.values.data());
}

void Convolution::pack_backward(const float* weights, PackedWeights& packed) const {
    packed.values.resize(state_->pack_backward.floats());
    state_->pack_backward.execute(weights, packed.values.data());
}

void Convolution::forward(const PackedWeights& weights, const float* bias, int images, const float* input,
                          float* output) const {
    const Primitives& with = state_->primitives(images);
    Arguments arguments{{DNNL_ARG_SRC, bound(with.input, input)},
                        {DNNL_ARG_WEIGHTS, bound(state_->forward_weights, weights.values.data())},
                        {DNNL_ARG_DST, bound(with.output, output)}};
    const auto& used = bias == nullptr ? with.forward : with.forward_with_bias;
    if (bias != nullptr) arguments.emplace(DNNL_ARG_BIAS, bound(used.description.bias_desc(), bias));
    execute(used.primitive, used.scratchpad, std::move(arguments));
}

void Convolution::input_gradient(const PackedWeights& weights, int images, const float* output_gradient,
                                 float* input_gradient) const {
    const Primitives& with = state_->primitives(images);
    execute(with.input_gradient.primitive, with.input_gradient.scratchpad,
            {{DNNL_ARG_DIFF_DST, bound(with.output, output_gradient)},
             {DNNL_ARG_WEIGHTS, bound(state_->backward_weights, weights.values.data())},
             {DNNL_ARG_DIFF_SRC, bound(with.input, input_gradient)}});
}

std::int64_t Convolution::packed_gradient_size() const {
    return static_cast<std::int64_t>(state_->weight_gradients.get_size() / sizeof(float));
}

void Convolution::weight_gradient(int images, const float* input, const float* output_gradient, float* packed) const {
    const Primitives& with = state_->primitives(images);
    execute(with.weight_gradient.primitive, with.weight_gradient.scratchpad,
            {{DNNL_ARG_SRC, bound(with.input, input)},
             {DNNL_ARG_DIFF_DST, bound(with.output, output_gradient)},
             {DNNL_ARG_DIFF_WEIGHTS, bound(state_->weight_gradients, packed)}});
}

void Convolution::unpack_gradient(const float* packed, float* weights) const {
    state_->unpack_gradient.execute(packed, weights);
}

std::string convolution_library_description() {
    const dnnl::version_t* version = dnnl::version();
    return "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
           std::to_string(version->patch);
}

}  // namespace remask
