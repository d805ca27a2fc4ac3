// What the classes of the known data sets are called, in the order of their labels.
#pragma once

#include <string>
#include <vector>

namespace remask::data {

const std::vector<std::string>& digit_names();
const std::vector<std::string>& fashion_mnist_names();
const std::vector<std::string>& cifar10_names();
const std::vector<std::string>& cifar100_fine_names();
const std::vector<std::string>& cifar100_coarse_names();

}  // namespace remask::data
