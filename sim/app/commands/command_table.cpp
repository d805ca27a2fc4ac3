#include "sim/app/commands/commands.h"

namespace remask {

namespace {

const OptionSpec data_option{"data", "DIR", "folder with data sets (default: REMASK_DATA, then the embedded data)", false};
const OptionSpec set_option{"set", "PATH=VALUE", "overrides one value, e.g. hardware.crossbar.adc_bits=6; may be repeated", true};
const OptionSpec threads_option{"threads", "N", "worker threads (default: all processors); results do not depend on it", false};
const OptionSpec seed_option{"seed", "N", "instead of the file's seed", false};

}  // namespace

const std::vector<Command>& commands() {
    static const std::vector<Command> table{
        {"run", "run EXPERIMENT.yaml [options]",
         "learn the tasks' parameters, run the network on the crossbars, cost it", 1, 1,
         {{"out", "DIR", "folder for the results (default: runs/NAME)", false},
          data_option,
          set_option,
          threads_option,
          seed_option,
          {"resume", "", "take up what an interrupted run in the same folder has finished", false},
          {"store", "DIR", "folder of learned parameters and measured accuracies, shared between runs (default: OUT/store)", false}},
         execute_run},
        {"sweep", "sweep SWEEP.yaml [options]", "run many design points of one experiment", 1, 1,
         {{"out", "DIR", "folder for the points and the table (default: runs/NAME)", false},
          {"jobs", "N", "points at a time (default: 1)", false},
          {"threads", "N", "worker threads a point (default: processors / jobs)", false},
          {"shard", "I/N", "only every N-th point from the I-th on, 1 ≤ I ≤ N", false},
          data_option,
          set_option,
          {"resume", "", "skip the points that are done", false}},
         execute_sweep},
        {"estimate", "estimate EXPERIMENT.yaml [options]",
         "mapping, energy, latency, area and switch cost only: no data, no learning", 1, 1,
         {{"out", "DIR", "folder for the results (default: runs/NAME-estimate)", false}, set_option, threads_option, seed_option},
         execute_estimate},
        {"train", "train BACKBONE.yaml [options]", "train a backbone on its first task", 1, 1,
         {{"out", "FILE.h5", "the model file (default: NAME.h5)", false}, data_option, set_option, threads_option, seed_option},
         execute_train},
        {"mvm", "mvm --hardware HW.yaml --input FILE.h5 --output FILE.h5",
         "raw matrix-vector products through one layer's arrays", 0, 0,
         {{"hardware", "HW.yaml", "hardware file, or one with a 'crossbar:' section only", false},
          {"input", "FILE.h5", "/weights [K,N], /inputs [M,K], optional /mask [T,N]", false},
          {"output", "FILE.h5", "/outputs [M,N] and /counts", false},
          set_option,
          threads_option},
         execute_mvm},
        {"check", "check FILE.yaml...", "validate experiments, sweeps, backbones and hardware; print every error", 1, 1000000,
         {}, execute_check},
        {"import", "import MODEL.safetensors [--out FILE.h5]", "safetensors weights to a model file", 1, 1,
         {{"out", "FILE.h5", "the model file (default: MODEL.h5 in this folder)", false},
          {"architecture", "NAME", "the network, where it can't be told from the tensors' names (default: auto)", false}},
         execute_import},
        {"list", "list hardware|methods|models|datasets", "what exists, one line each", 1, 1, {}, execute_list},
        {"info", "info", "version, threads, libraries and their kernels", 0, 0, {}, execute_info},
        {"docs", "docs experiment|sweep|backbone|hardware", "the reference of a file's keys, in Markdown", 1, 1, {}, execute_docs},
    };
    return table;
}

}  // namespace remask
