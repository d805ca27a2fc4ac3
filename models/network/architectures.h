// Inside the folder only: the graphs of the networks that have a name. finish() has not been called on them.
#pragma once

#include "models/network/builders.h"
#include "models/network/network.h"

namespace remask {

/// ResNet of He et al. 2016 (section 4.2) for CIFAR: depth 6n+2, three stages of n blocks with 16, 32, 64 channels,
/// parameter-free shortcuts (option A). `depth` 20, 32, 44, 56, …
Network cifar_resnet(int depth, const BuilderOptions& options);

/// How the ResNet-8 of MLPerf Tiny v1.0 (image classification) is spelled.
enum class ResNet8Style {
    usual,       ///< no convolution has a bias, batch-norm after every one, padding 1
    tensorflow,  ///< as published: convolutions have a bias, shortcuts no batch-norm, epsilon 1e-3, SAME padding
};
/// Three stacks of one block with 16, 32, 64 channels; 1x1 stride-2 convolutions as shortcuts of the 2nd and 3rd.
Network resnet8(const BuilderOptions& options, ResNet8Style style);

/// ResNet-50 of He et al. 2016 (table 1) for ImageNet, the stride in the 3x3 convolution of a stage's first block (as
/// torchvision has it); projections with batch-norm as shortcuts.
Network resnet50(const BuilderOptions& options);

/// Six 3x3 convolutions 128-128-256-256-512-512, a 2x2 max-pool after each pair, a hidden linear layer of 1024: the
/// VGG-8 of NeuroSim (Peng et al., IEDM 2019).
Network vgg8(const BuilderOptions& options);

/// VGG-16 (Simonyan and Zisserman 2015, configuration D) with batch-norm in its usual CIFAR form: two hidden linear
/// layers of 512 where ImageNet's has 4096. No dropout.
Network vgg16_bn(const BuilderOptions& options);

/// LeNet-5 (LeCun et al. 1998) with ReLU, max-pools and a full second convolution. Images below 32x32 are padded by 2,
/// as the paper pads its 28x28 digits.
Network lenet5(const BuilderOptions& options);

}  // namespace remask
