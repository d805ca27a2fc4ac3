// What an earlier run has learned, for an estimate of what it costs on this chip.
#pragma once

#include <filesystem>
#include <string>

#include "mapping/mapping.h"
#include "models/methods/method_config.h"
#include "models/methods/task_parameters.h"
#include "models/network/network.h"

namespace remask {

/// Where results.h5 has the settings of the method that learned a task.
std::string learned_settings(const std::string& task, const std::string& method);

class LearnedRun {
public:
    /// `run`: a run's folder, or its results.h5. Throws InputError where that is missing, damaged or of another kind.
    explicit LearnedRun(const std::filesystem::path& run);

    const std::filesystem::path& file() const { return file_; }
    /// Where a task's parameters lie in the file. Throws InputError, which says what there is, where they are missing,
    /// were assumed by an estimate, or learned with other settings of the method (`settings`, as YAML).
    std::string group(const std::string& task, const std::string& method, const std::string& settings) const;

private:
    std::filesystem::path file_;
};

/// What learned parameters must fit to be a task's on this chip.
struct LearnedFit {
    const MethodConfig& method;
    int classes = 0;
    const Network& network;        ///< the task's
    const ParameterMap& backbone;  ///< what the arrays hold where a task rewrites nothing
    const Mapping& mapping;        ///< of the chip as the method uses it
    int weight_bits = 8;           ///< of the hardware
};

/// Throws InputError with the first thing that does not fit. `origin`: file and group.
void check_learned(const TaskParameters& learned, const LearnedFit& fit, const std::string& origin);

}  // namespace remask
