// What tasks learned earlier still achieve: measured, not assumed.
#include <nlohmann/json.hpp>

#include "models/methods/learn.h"
#include "models/methods/method.h"
#include "sim/app/run/task_work.h"
#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask {

namespace {

constexpr const char* retention_version = "retained 1\n";

std::string content_of(const ParameterMap& parameters) {
    std::string content;
    for (const auto& [name, tensor] : parameters) {
        const std::string bytes(reinterpret_cast<const char*>(tensor.values.data()),
                                tensor.values.size() * sizeof(float));
        content += name + " " + hash_text(bytes) + "\n";
    }
    return content;
}

double accuracy_in(const std::filesystem::path& file) {
    try {
        return nlohmann::json::parse(read_file(file)).at("float_accuracy").get<double>();
    } catch (const nlohmann::json::exception& fault) {
        throw InputError(file.string() + ": not an accuracy of remask (" + fault.what() + "); delete it and run again");
    }
}

}  // namespace

std::vector<double> TaskWork::retained(const MethodConfig& method, const std::vector<const KeptTask*>& earlier,
                                       const TaskParameters& last, const std::vector<LabelledImages>& tests) const {
    const RunEnvironment& environment = bench_.environment();
    std::vector<double> accuracies;
    for (std::size_t task = 0; task < tests.size(); ++task) {
        TaskParameters loaded;
        if (task < earlier.size()) loaded = earlier[task]->load();
        const TaskParameters& learned = task < earlier.size() ? loaded : last;
        const ParameterMap parameters = recall_task(method, learned, static_cast<int>(task), last);
        const Network network = bench_.network_of(method, learned.classes, learned.growth);
        // Filed by the parameters themselves: what no later task changed is measured once.
        const std::string key =
            retention_version + bench_.backbone_hash() + "\n" + content_of(parameters) + tests[task].hash + "\n";
        const auto make = [&](const std::filesystem::path& path) {
            const double accuracy =
                evaluate_accuracy(network, parameters, tests[task].images, tests[task].labels, environment.pool);
            write_file(path, nlohmann::json{{"float_accuracy", accuracy}}.dump() + "\n");
        };
        accuracies.push_back(accuracy_in(environment.store->obtain("retained", key, ".json", make)));
    }
    return accuracies;
}

void summarise_sequences(Results& results) {
    std::map<std::string, std::vector<const TaskResult*>> by_method;
    std::vector<std::string> order;
    for (const TaskResult& task : results.tasks) {
        if (task.retained.empty()) return;
        if (by_method[task.method].empty()) order.push_back(task.method);
        by_method[task.method].push_back(&task);
    }
    for (const std::string& method : order) {
        const std::vector<const TaskResult*>& tasks = by_method[method];
        SequenceResult sequence{method};
        for (std::size_t task = 0; task < tasks.size(); ++task) {
            sequence.after_learning += tasks[task]->retained.back() / static_cast<double>(tasks.size());
            sequence.after_all += tasks.back()->retained[task] / static_cast<double>(tasks.size());
        }
        sequence.forgotten = sequence.after_learning - sequence.after_all;
        results.sequences.push_back(sequence);
    }
}

}  // namespace remask
