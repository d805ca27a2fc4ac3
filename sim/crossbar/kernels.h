// The instruction sets for which the crossbar's inner loops exist, and the one in force. All give the same bits.
#pragma once

#include <span>
#include <string_view>

namespace remask {

struct CrossbarKernel {
    std::string_view name;
    std::string_view needs;  ///< what the processor must have
    bool runs_here = false;  ///< built into this program, and the processor has it
};

/// Slowest first. `plain` runs everywhere.
std::span<const CrossbarKernel> crossbar_kernels();

/// The kernel that layers built from now on use: the forced one, else the last that runs here. A layer whose parameters
/// a kernel does not cover uses `plain`.
std::string_view crossbar_kernel();

/// Forces a kernel by name; an empty name takes the choice back. Throws ConfigError for a name that is unknown or does
/// not run here. Not to be called while layers are built by other threads.
void force_crossbar_kernel(std::string_view name);

}  // namespace remask
