// One function a command; the table that names them is in command_table.cpp.
#pragma once

#include "sim/app/command_line.h"

namespace remask {

int execute_run(const Arguments& arguments);
int execute_sweep(const Arguments& arguments);
int execute_estimate(const Arguments& arguments);
int execute_map(const Arguments& arguments);
int execute_report(const Arguments& arguments);
int execute_train(const Arguments& arguments);
int execute_mvm(const Arguments& arguments);
int execute_peak(const Arguments& arguments);
int execute_check(const Arguments& arguments);
int execute_import(const Arguments& arguments);
int execute_list(const Arguments& arguments);
int execute_info(const Arguments& arguments);
int execute_docs(const Arguments& arguments);

}  // namespace remask
