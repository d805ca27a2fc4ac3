#include "small_experiment.h"

#include <stdexcept>

namespace remask::test {

const std::string& small_backbone() {
    static const ScratchFolder folder;
    static const std::string file = [] {
        const std::string yaml = folder.write("backbone.yaml", R"(
name: small
network: {architecture: resnet8, width: 0.5, channels: 1, height: 12, width_pixels: 12}
data: {dataset: digits, classes: [0, 1, 2, 3, 4], train_limit: 250, test_limit: 100}
training: {epochs: 3, batch: 32}
)");
        const std::string model = (folder.path() / "backbone.h5").string();
        const ProgramRun run = run_program({"train", yaml, "--out", model, "--quiet"});
        if (run.exit_code != 0) throw std::runtime_error("the small backbone: " + run.standard_error);
        return model;
    }();
    return file;
}

std::string small_experiment(const std::string& methods, const std::string& extra, const std::string& backbone) {
    return R"(name: small
seed: 3
backbone:
  model: )" +
           backbone + R"(
  data: {dataset: digits, classes: [0, 1, 2, 3, 4], test_limit: 40}
hardware:
  extends: )" REMASK_SOURCE_DIR R"(/hw_configs/isaac.yaml
  crossbar: {adc_range: lsb, row_packing: kernel}
quantization: {calibration_images: 32}
tasks:
  - name: low
    data: {dataset: digits, classes: [5, 6], train_limit: 80, test_limit: 30}
  - name: high
    data: {dataset: digits, classes: [7, 8, 9], train_limit: 90, test_limit: 30}
methods: )" +
           methods + "\n" + extra;
}

}  // namespace remask::test
