// `remask mvm`: raw matrix-vector products through one layer's arrays, from file to file.
#pragma once

#include <filesystem>

#include "sim/hardware/crossbar_parameters.h"
#include "sim/hardware/device_parameters.h"

namespace remask {

class ThreadPool;

/// Reads /weights [K,N], /inputs [M,K] (whole numbers) and, if present, /mask float64 [T,N]; writes /outputs float64
/// [M,N], /counts/* (closed form of docs/cost.md, gating: none), /statistics/conversions_clipped and, with adc_range:
/// calibrated, /adc_range/lo and hi, for which the inputs themselves are the calibration set. With `conductances` also
/// /conductances float64 [sides, slices, K, N] in level units. `device`: its effects are those of slot 0, group 0 of
/// the chip that its seed names (1 without). `output` appears whole or not at all. Throws InputError (a file or a value
/// in it, with its index), ConfigError (parameters), RunError (cannot write).
void run_mvm(const CrossbarParameters& parameters, const DeviceParameters& device, const std::filesystem::path& input,
             const std::filesystem::path& output, bool conductances, ThreadPool& pool);

}  // namespace remask
