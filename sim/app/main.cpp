#include "sim/app/command_line.h"
#include "sim/linalg/gemm.h"

int main(int argc, char** argv) {
    remask::use_single_threaded_blas();
    return remask::run_command_line(argc, argv);
}
