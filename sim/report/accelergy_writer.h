// Counts, energies and areas in the form of Accelergy 0.4, so that other tools read them.
//
// An inference is two files that go together: its action counts, and an energy reference table (ERT, pJ an action).
// Their products add up to the inference's energy. The area reference table (ART, um2) is of the whole chip, a part a
// line. Components are named `chip.adc`, … as in results.json; leakage is one action of its whole energy.
#pragma once

#include <map>
#include <string>

#include "sim/report/results.h"

namespace remask {

std::string accelergy_action_counts(const InferenceResult& inference);
std::string accelergy_energy_table(const InferenceResult& inference);
std::string accelergy_area_table(const Results& results);

/// All of a run by file name: ART.yaml; ERT.yaml and action_counts.yaml in a folder `backbone` and in one
/// `TASK.METHOD` for each task and method.
std::map<std::string, std::string> accelergy_files(const Results& results);

}  // namespace remask
