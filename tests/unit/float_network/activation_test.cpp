// What may be asked when: activations, gradients and misuse.
#include <gtest/gtest.h>

#include "graphs.h"
#include "models/network/float_network.h"
#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"

namespace remask {
namespace {

class Use : public testing::Test {
protected:
    const Network definition_ = small_networks().front().network;
    ParameterMap parameters_ = random_parameters(definition_, 1);
    const std::vector<float> images_ = random_images(definition_, 5, 2);
    std::vector<float> logit_gradients_ = std::vector<float>(static_cast<std::size_t>(5 * definition_.classes()), 1.0f);
    ParameterMap gradients_;
    ThreadPool pool_{2};
    FloatNetwork network_{definition_, pool_};

    void forward(bool keep) { network_.forward(images_, 5, parameters_, BatchNormMode::evaluate, keep); }
    void backward(const std::set<std::string>& wanted) {
        network_.backward(logit_gradients_, parameters_, wanted, gradients_);
    }
};

TEST_F(Use, NothingIsKeptUnlessAskedFor) {
    forward(false);
    EXPECT_THROW(network_.activation(1), InternalError);
    EXPECT_THROW(backward(trainable_names(parameters_)), InternalError);
    forward(true);
    EXPECT_EQ(network_.activation(0).size(), images_.size());
    forward(false);
    EXPECT_THROW(network_.activation(1), InternalError);
}

TEST_F(Use, OnlyWantedGradientsAreWritten) {
    forward(true);
    gradients_["something else"].values = {7.0f};
    backward({"layer4.bias"});
    ASSERT_EQ(gradients_.size(), 2u);
    EXPECT_EQ(gradients_["something else"].values, std::vector<float>{7.0f});
    // dloss/dlogits is 1 everywhere: each bias's gradient is the number of images.
    EXPECT_EQ(gradients_["layer4.bias"].values, std::vector<float>(4, 5.0f));
}

TEST_F(Use, BackwardTwiceOverwrites) {
    forward(true);
    backward({"layer4.bias"});
    backward({"layer4.bias"});
    EXPECT_EQ(gradients_["layer4.bias"].values, std::vector<float>(4, 5.0f));
}

TEST_F(Use, UnknownNamesAndWrongSizesAreInternalErrors) {
    forward(true);
    EXPECT_THROW(backward({"layer4.gamma"}), InternalError);
    EXPECT_THROW(backward({"no such parameter"}), InternalError);
    EXPECT_THROW(network_.forward(images_, 4, parameters_, BatchNormMode::train, true), InternalError);
    parameters_.erase("layer4.bias");
    EXPECT_THROW(forward(true), InternalError);
}

TEST_F(Use, ADifferentBatchMayFollow) {
    forward(true);
    backward(trainable_names(parameters_));
    const std::vector<float> more = random_images(definition_, 23, 3);
    network_.forward(more, 23, parameters_, BatchNormMode::evaluate, true);
    logit_gradients_.assign(static_cast<std::size_t>(23 * definition_.classes()), 1.0f);
    backward({"layer4.bias"});
    EXPECT_EQ(gradients_["layer4.bias"].values, std::vector<float>(4, 23.0f));
}

}  // namespace
}  // namespace remask
