// Do adapters compute what their papers say, start at the backbone, and count what they add?
#include <cmath>

#include "models/methods/task_session.h"
#include "models/network/float_network.h"
#include "sim/base/diagnostics.h"
#include "tests/unit/methods/digit_tasks.h"

namespace remask {
namespace {

using test::config_of;

int index_of(const Network& network, const std::string& name) {
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        if (network.layers[i].name == name) return static_cast<int>(i);
    }
    ADD_FAILURE() << "no layer " << name;
    return 0;
}

class AdapterTasks : public test::DigitTasks {
protected:
    static TaskParameters learn_adapters(const std::string& method, SidePlace side) {
        MethodConfig config = config_of(method);
        config.epochs = 4;
        config.learning_rate = 0.05;
        config.side = side;
        return learn(config);
    }
};

/// The value behind every adapted convolution, from the values before it, by the papers' formulas; batch-norm
/// evaluated.
TEST_F(AdapterTasks, ComputeTheFormulasOfTheirPapers) {
    for (const std::string method : {"series_adapter", "parallel_adapter"}) {
        const TaskParameters task = learn_adapters(method, SidePlace::arrays);
        const Network network = method_network(config_of(method), *network_, 5);
        check_parameters(network, task.effective, "test");
        const auto data = digits({5, 6}, Split::test);
        ThreadPool pool(1);
        FloatNetwork runner(network, pool);
        ParameterMap parameters = task.effective;
        runner.forward(std::span(data.images).first(64 * 3), 3, parameters, BatchNormMode::evaluate, true);
        const auto value = [&](const std::string& layer) { return runner.activation(index_of(network, layer)); };
        const auto& weight = parameters.at("conv2.adapter.weight").values;  // [16, 16] or [16, 12]
        const std::span<const float> c = value("conv2"), sum = value("conv2.adapted"), x = value("relu1");
        for (std::size_t image = 0; image < 3; ++image) {
            for (std::size_t o = 0; o < 16; ++o) {
                for (std::size_t p = 0; p < 16; ++p) {  // conv2's outputs are 4×4, its inputs 8×8
                    double expected = c[(image * 16 + o) * 16 + p];
                    for (std::size_t i = 0; i < (method == "series_adapter" ? 16U : 12U); ++i) {
                        double in = 0.0;
                        if (method == "series_adapter") {
                            const double mean = parameters.at("conv2.adapter_bn.mean").values[i];
                            const double variance = parameters.at("conv2.adapter_bn.variance").values[i];
                            in = (c[(image * 16 + i) * 16 + p] - mean) / std::sqrt(variance + 1e-5) *
                                     parameters.at("conv2.adapter_bn.gamma").values[i] +
                                 parameters.at("conv2.adapter_bn.beta").values[i];
                        } else {
                            in = x[(image * 12 + i) * 64 + p / 4 * 2 * 8 + p % 4 * 2];
                        }
                        expected += weight[o * weight.size() / 16 + i] * in;
                    }
                    EXPECT_NEAR(sum[(image * 16 + o) * 16 + p], expected, 1e-4 * (1.0 + std::fabs(expected)));
                }
            }
        }
    }
}

TEST_F(AdapterTasks, StartAtTheBackboneToTheLastBit) {
    const auto data = digits({5, 6}, Split::test);
    ThreadPool pool(1);
    ParameterMap start = task_start(*network_, *backbone_, 5, 9);
    const std::vector<float> expected =
        FloatNetwork(*network_, pool).forward(std::span(data.images).first(64 * 4), 4, std::as_const(start));
    for (const char* method : {"series_adapter", "parallel_adapter"}) {
        const MethodConfig config = config_of(method);
        const Network network = method_network(config, *network_, 5);
        const LearningInput input{.network = *network_,
                                  .backbone = *backbone_,
                                  .images = {},
                                  .labels = {},
                                  .classes = 5,
                                  .geometry = test::geometry_on(network, 9),
                                  .seed = 9};
        const TaskParameters task = assume_task(config, input, 0.0);
        EXPECT_EQ(FloatNetwork(network, pool).forward(std::span(data.images).first(64 * 4), 4, task.effective),
                  expected)
            << method;
    }
}

TEST_F(AdapterTasks, LearnWithoutTouchingTheBackbonesWeights) {
    MethodConfig alone = config_of("classifier");
    alone.epochs = 4;
    const double baseline = accuracy(learn(alone).effective, {5, 6, 7, 8, 9});
    for (const std::string method : {"series_adapter", "parallel_adapter"}) {
        const TaskParameters task = learn_adapters(method, SidePlace::arrays);
        for (const char* layer : {"conv1.weight", "conv2.weight", "conv3.weight"}) {
            EXPECT_EQ(task.on_chip.at(layer).values, backbone_->at(layer).values);
        }
        const auto test = digits({5, 6, 7, 8, 9}, Split::test);
        ThreadPool pool(2);
        const Network network = method_network(config_of(method), *network_, 5);
        EXPECT_GT(evaluate_accuracy(network, task.effective, test.images, test.labels, pool), baseline) << method;
    }
}

TEST_F(AdapterTasks, CountTheirWeightsWhereverTheyAreComputed) {
    const double series = 12 * 12 + 16 * 16 + 24 * 24, parallel = 12 * 1 + 16 * 12 + 24 * 16;
    const double batch_norms = 12 + 16 + 24, classifier = 25 * 5;
    for (const SidePlace side : {SidePlace::arrays, SidePlace::digital}) {
        const TaskParameters a = learn_adapters("series_adapter", side);
        const TaskParameters b = learn_adapters("parallel_adapter", side);
        EXPECT_EQ(a.mask_bits, 8 * series);
        EXPECT_EQ(b.mask_bits, 8 * parallel);
        EXPECT_DOUBLE_EQ(b.bits_per_weight, 8 * parallel / (12 * 9 + 16 * 12 * 9 + 24 * 16 * 9));
        EXPECT_EQ(a.constants_bits, 32 * (2 * 2 * batch_norms + classifier));
        EXPECT_EQ(b.constants_bits, 32 * (2 * batch_norms + classifier));
        const std::vector<bool> expected = side == SidePlace::arrays
                                               ? std::vector<bool>{false, true, false, true, false, true}
                                               : std::vector<bool>{false, false, false};
        EXPECT_EQ(a.reprogrammed, expected);
    }
}

/// The digital unit holds side weights in the hardware's format: at most 255 values a filter, the largest kept.
TEST_F(AdapterTasks, OnTheDigitalUnitAreRoundedToTheWeightsFormat) {
    const TaskParameters task = learn_adapters("series_adapter", SidePlace::digital);
    const std::vector<float>& exact = task.effective.at("conv3.adapter.weight").values;
    const std::vector<float>& rounded = task.on_chip.at("conv3.adapter.weight").values;
    bool differs = false;
    for (std::size_t filter = 0; filter < 24; ++filter) {
        double largest = 0.0;
        for (std::size_t i = 0; i < 24; ++i) largest = std::fmax(largest, std::fabs(exact[filter * 24 + i]));
        for (std::size_t i = filter * 24; i < (filter + 1) * 24; ++i) {
            const double step = largest / 127.0;
            EXPECT_NEAR(rounded[i], exact[i], 0.5 * step * 1.0001);
            EXPECT_NEAR(rounded[i] / step, std::round(rounded[i] / step), 1e-3);
            differs = differs || rounded[i] != exact[i];
        }
    }
    EXPECT_TRUE(differs);
}

TEST(Adapters, AreRefusedWhereAConvolutionShrinksItsImage) {
    Network network = test::empty({1, 8, 8});
    test::append(network, "conv", LayerKind::convolution, 2, 3);
    network.layers.back().padding = {};
    test::append(network, "pool", LayerKind::global_average_pool);
    test::append(network, "fc", LayerKind::linear, 2);
    finish(network);
    EXPECT_THROW(method_network(config_of("parallel_adapter"), network, 2), ConfigError);
    EXPECT_NO_THROW(method_network(config_of("series_adapter"), network, 2));
}

}  // namespace
}  // namespace remask
