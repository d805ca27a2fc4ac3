// A mapping as plain values for reports: the table of layers, and what each tile of the chip holds.
#pragma once

#include <string>

#include "mapping/mapping.h"
#include "sim/hardware/hardware.h"
#include "sim/report/mapping_result.h"

namespace remask {

MappingResult describe_mapping(const Mapping& mapping, const Hardware& hardware, const std::string& network);

}  // namespace remask
