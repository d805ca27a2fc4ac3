// Does DA3 start at the backbone, compute what its formulas say, count the gates that are closed, and learn?
#include <gmock/gmock.h>

#include <cmath>

#include "models/methods/task_session.h"
#include "models/methods/training_cost.h"
#include "models/network/builders.h"
#include "models/network/float_network.h"
#include "sim/base/diagnostics.h"
#include "tests/unit/methods/digit_tasks.h"

namespace remask {
namespace {

using test::config_of;
using ::testing::HasSubstr;

int index_of(const Network& network, const std::string& name) {
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        if (network.layers[i].name == name) return static_cast<int>(i);
    }
    ADD_FAILURE() << "no layer " << name;
    return 0;
}

Network resnet20() {
    return build_network("resnet20", {});
}

std::set<std::string> trained_by(const std::string& method, const Network& backbone) {
    const MethodConfig config = config_of(method);
    const Network network = method_network(config, backbone, 5);
    const ParameterMap parameters = initial_parameters(backbone, 1);
    const LearningInput input{.network = backbone,
                              .backbone = parameters,
                              .images = {},
                              .labels = {},
                              .classes = 5,
                              .geometry = test::geometry_on(network, 128)};
    return TaskSession(config, input).trained();
}

TEST(Da3Cost, HoldsANineteenthOfFineTuningsActivationsOnResNet20) {
    const Network backbone = resnet20();
    const StepCost light = step_cost(method_network(config_of("da3"), backbone, 5), trained_by("da3", backbone), false);
    const StepCost whole = step_cost(task_network(backbone, 5), trained_by("finetune", backbone), true);
    // Fine-tuning: the image, then of 7, 6 and 6 convolutions their outputs (batch-norm reads them) and the ReLUs'
    // (the next convolution reads them; of the last one the signs), and the classifier's 64 inputs.
    constexpr std::int64_t a = 16 * 32 * 32, b = 32 * 16 * 16, c = 64 * 8 * 8;
    EXPECT_EQ(whole.held_bytes, 4 * (3 * 32 * 32 + 2 * 7 * a + 2 * 6 * b + 11 * c + 64) + c / 8);
    // DA3: the signs of the ReLUs behind the first branch (of the seventh block the last one, then all of them), and of
    // each branch its pooled input (spatial, reduce), the gates' input and output, the reduced values with and without
    // the gate and after channel attention (half the channels), their mean, the attention.
    std::int64_t values = 64, signs = (1 + 2 * 2) * c;
    struct Branch {
        std::int64_t channels, positions, count;
    };
    for (const Branch& branch : {Branch{32, 16, 1}, Branch{64, 4, 2}}) {
        const std::int64_t reduced = branch.channels / 2;
        values += branch.count * (branch.positions * (branch.channels + 2 + 3 * reduced) + 2 * reduced);
    }
    EXPECT_EQ(light.held_bytes, 4 * values + signs / 8);
    for (const std::int64_t batch : {32, 64, 128}) {
        EXPECT_GE(peak_activation_bytes(whole, batch), 19 * peak_activation_bytes(light, batch)) << batch;
    }
}

TEST(Da3Graph, AddsBranchesToTheBlocksOfEveryKindOfNetwork) {
    const auto branches = [](const std::string& name, std::optional<int> first_block) {
        MethodConfig config = config_of("da3");
        config.da3.first_block = first_block;
        const Network network = method_network(config, build_network(name, {}), 5);
        int count = 0;
        for (const Layer& layer : network.layers) count += layer.name.ends_with(".da3_add") ? 1 : 0;
        return count;
    };
    EXPECT_EQ(branches("resnet20", 0), 9);
    EXPECT_EQ(branches("resnet20", {}), 3);
    EXPECT_EQ(branches("resnet8", {}), 1);
    EXPECT_EQ(branches("vgg16_bn", 0), 12);  // every convolution but the first, which reads the image
    EXPECT_THROW(branches("resnet8", 3), ConfigError);
}

class Da3Tasks : public test::DigitTasks {
protected:
    static MethodConfig config() {
        MethodConfig config = config_of("da3");
        config.epochs = 8;
        config.learning_rate = 1e-2;
        config.da3.downsample = 2;
        return config;
    }
};

TEST_F(Da3Tasks, StartsAtTheBackbone) {
    const Network network = method_network(config(), *network_, 5);
    const LearningInput input{.network = *network_,
                              .backbone = *backbone_,
                              .images = {},
                              .labels = {},
                              .classes = 5,
                              .geometry = test::geometry_on(network, 9)};
    const TaskSession session(config(), input);
    const auto data = digits({5, 6}, Split::test);
    const std::span<const float> images = std::span(data.images).first(64 * 3);
    ThreadPool pool(1);
    FloatNetwork with(network, pool), without(task_network(*network_, 5), pool);
    const ParameterMap plain = task_start(*network_, *backbone_, 5, 0);
    EXPECT_EQ(with.forward(images, 3, session.parameters), without.forward(images, 3, plain));
}

TEST_F(Da3Tasks, LearnsMoreThanTheClassifierWithTheSameBitsOnAnyNumberOfThreads) {
    const TaskParameters task = learn(config());
    EXPECT_EQ(learn(config(), 1).effective.at("fc.weight").values, task.effective.at("fc.weight").values);
    const auto test = digits({5, 6, 7, 8, 9}, Split::test);
    ThreadPool pool(2);
    const double found =
        evaluate_accuracy(method_network(config(), *network_, 5), task.effective, test.images, test.labels, pool);
    MethodConfig plain = config_of("classifier");
    plain.epochs = 8;
    EXPECT_GT(found, accuracy(learn(plain).effective, {5, 6, 7, 8, 9}));
    for (const auto& [name, tensor] : *backbone_) {  // the backbone rests
        if (name.starts_with("fc.")) continue;
        EXPECT_EQ(task.effective.at(name).values, tensor.values) << name;
    }
}

TEST_F(Da3Tasks, CountsThePositionsWhoseGateIsOpen) {
    const TaskParameters task = learn(config());
    const Network network = method_network(config(), *network_, 5);
    const auto train = digits({5, 6, 7, 8, 9}, Split::train);
    ThreadPool pool(1);
    FloatNetwork runner(network, pool);
    ParameterMap parameters = task.effective;
    const int count = static_cast<int>(std::min<std::size_t>(256, train.labels.size()));
    runner.forward(std::span(train.images).first(static_cast<std::size_t>(count) * 64), count, parameters,
                   BatchNormMode::evaluate, true);
    const std::vector<int> slots = crossbar_layers(network);
    int counted = 0;
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
        const std::string& name = network.layers[static_cast<std::size_t>(slots[slot])].name;
        const bool skips = name.ends_with("da3_reduce") || name.ends_with("da3_expand");
        double share = 1.0;
        if (skips) {
            const std::string gate = name.substr(0, name.rfind('_')) + "_gate";
            double open = 0.0;
            const std::span<const float> gates = runner.activation(index_of(network, gate));
            for (const float value : gates) open += static_cast<double>(value);
            share = open / static_cast<double>(gates.size());
            ++counted;
        }
        EXPECT_DOUBLE_EQ(task.masks[slot].computed_share, share) << name;
    }
    EXPECT_GT(counted, 0);
}

TEST_F(Da3Tasks, RefusesWhatDoesNotFit) {
    MethodConfig wide = config();
    Network cropped = build_network("resnet8", {});
    for (Layer& layer : cropped.layers) {
        if (layer.kind == LayerKind::convolution && layer.stride == 2) layer.stride = 3;
        if (layer.kind == LayerKind::subsample_pad) layer.stride = 3;
    }
    std::string message;
    try {
        finish(cropped);
        method_network(wide, cropped, 5);
    } catch (const ConfigError& error) {
        message = error.what();
    }
    EXPECT_THAT(message, HasSubstr("method da3: block "));
}

}  // namespace
}  // namespace remask
