#include "sim/app/command_line.h"

int main(int argc, char** argv) {
    return remask::run_command_line(argc, argv);
}
