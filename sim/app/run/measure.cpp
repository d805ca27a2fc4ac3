#include "sim/app/run/measure.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <mutex>
#include <optional>

#include "models/methods/learn.h"
#include "sim/app/run/program_crossbars.h"
#include "sim/base/diagnostics.h"
#include "sim/base/parallel.h"
#include "sim/base/progress.h"

namespace remask {

namespace {

/// Runs all test images in portions, so that progress shows and Ctrl-C is heard.
std::vector<float> run_in_portions(const QuantizedNetwork& network, const LabelledImages& test, std::int64_t image_size,
                                   const MatrixProductEngine& engine, ThreadPool& pool, Progress& progress) {
    constexpr std::int64_t most_values = std::int64_t{1} << 24;  // of images that are held at once
    const int portion = static_cast<int>(std::clamp<std::int64_t>(most_values / image_size, 1, 512));
    std::vector<float> logits, buffer;
    progress.begin("crossbar inference", test.count());
    for (int first = 0; first < test.count(); first += portion) {
        const int count = std::min(portion, test.count() - first);
        const auto images = test.images.portion(first, count, image_size, pool, buffer);
        const std::vector<float> part = network.run(images, count, engine, pool, first);
        logits.insert(logits.end(), part.begin(), part.end());
        progress.advance(count);
        check_interrupt();
    }
    progress.end();
    return logits;
}

int prediction(std::span<const float> logits, int image, int classes) {
    const auto row = logits.subspan(static_cast<std::size_t>(image) * static_cast<std::size_t>(classes),
                                    static_cast<std::size_t>(classes));
    return static_cast<int>(std::max_element(row.begin(), row.end()) - row.begin());
}

double accuracy_of(std::span<const float> logits, const LabelledImages& test) {
    int right = 0;
    for (int i = 0; i < test.count(); ++i) {
        right += prediction(logits, i, test.classes) == test.labels[static_cast<std::size_t>(i)] ? 1 : 0;
    }
    return test.count() == 0 ? 0.0 : static_cast<double>(right) / test.count();
}

/// How an image drives the rows and reads the cells: the mean over those that were run.
std::vector<SlotActivity> mean_activity(const CrossbarProduct& crossbars, Gating gating, int images) {
    const std::vector<CellReads> reads = crossbars.cell_reads(gating == Gating::source_line);
    const std::vector<double> nonzero = crossbars.nonzero_digits();
    std::vector<SlotActivity> activities(reads.size());
    for (std::size_t slot = 0; slot < reads.size(); ++slot) {
        activities[slot].nonzero_digits = nonzero[slot];
        activities[slot].reads = {reads[slot].squares / images, reads[slot].level_squares / images};
    }
    return activities;
}

/// Codes and clipping of every slot's ADCs on the first test images.
std::vector<std::vector<ConverterUse>> converter_use(const QuantizedNetwork& network, const CrossbarProduct& crossbars,
                                                     const MeasureInput& input, ThreadPool& pool, Progress& progress) {
    const int images = std::min(input.converter_images, input.test.count());
    const auto image_size = static_cast<std::size_t>(input.network.input.size());
    std::vector<std::vector<CodeCounts>> counts(network.layers().size());
    std::mutex mutex;
    progress.begin("use of the ADCs", images);
    pool.run(images, [&](std::int64_t image, int) {
        std::vector<std::vector<CodeCounts>> own(counts.size());
        std::vector<float> pixels(image_size);
        input.test.images.read(image, pixels);
        network.visit_inputs(
            pixels, 1, crossbars, [&](int slot, int group, std::span<const std::int32_t> inputs, std::int64_t vectors) {
                crossbars.count_codes(slot, group, inputs, vectors, own[static_cast<std::size_t>(slot)]);
            });
        const std::lock_guard lock(mutex);  // whole numbers: the order of the threads does not matter
        for (std::size_t slot = 0; slot < own.size(); ++slot) add_counts(counts[slot], own[slot]);
    });
    progress.end();
    std::vector<std::vector<ConverterUse>> use(counts.size());
    for (std::size_t slot = 0; slot < counts.size(); ++slot) {
        for (const CodeCounts& of_plane : counts[slot]) use[slot].push_back(summary_of(of_plane));
    }
    return use;
}

}  // namespace

Measurement measure(const MeasureInput& input, ThreadPool& pool, Progress& progress) {
    Measurement result;
    result.float_accuracy =
        evaluate_accuracy(input.network, input.float_parameters, input.test.images, input.test.labels, pool);

    const std::int64_t image_size = input.network.input.size();
    const int count = std::min(input.calibration_images, input.calibration.count());
    std::vector<float> buffer;
    const auto calibration = input.calibration.images.portion(0, count, image_size, pool, buffer);
    const QuantizedNetwork network(input.network, input.reference, input.on_chip, input.float_parameters,
                                   input.quantization, input.classifier_on_crossbar, calibration, count, pool,
                                   input.input_scales);
    std::vector<float> exact;
    if (input.integer_accuracy) {
        const auto product = fast_integer_product(network.layers());
        exact = run_in_portions(network, input.test, image_size, *product, pool, progress);
        result.integer_accuracy = accuracy_of(exact, input.test);
    }
    const std::unique_ptr<CrossbarProduct> programmed =
        program_crossbars(network, input.masks, input.crossbar, input.device, calibration, count, pool);
    if (input.activity) programmed->count_reads();
    const CrossbarProduct& crossbars = *programmed;

    const auto started = std::chrono::steady_clock::now();
    const std::clock_t cpu_started = std::clock();
    const std::vector<float> logits = run_in_portions(network, input.test, image_size, crossbars, pool, progress);
    result.crossbar_wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    result.crossbar_cpu_s = static_cast<double>(std::clock() - cpu_started) / CLOCKS_PER_SEC;
    result.images = input.test.count();
    result.crossbar_accuracy = accuracy_of(logits, input.test);
    const auto classes = static_cast<std::size_t>(input.test.classes);
    result.confusion.assign(classes * classes, 0);
    for (int i = 0; i < input.test.count(); ++i) {
        const auto truth = static_cast<std::size_t>(input.test.labels[static_cast<std::size_t>(i)]);
        ++result.confusion[truth * classes + static_cast<std::size_t>(prediction(logits, i, input.test.classes))];
    }
    result.crossbar_equals_integer = input.integer_accuracy && exact == logits;
    result.statistics = crossbars.statistics();  // before converter_use() makes more products
    if (input.activity) result.activities = mean_activity(crossbars, *input.activity, input.test.count());
    if (input.converter_images > 0) result.converters = converter_use(network, crossbars, input, pool, progress);
    for (std::size_t slot = 0; slot < network.layers().size(); ++slot) {
        result.adc_windows.push_back(crossbars.adc_windows(static_cast<int>(slot)));
    }
    return result;
}

}  // namespace remask
