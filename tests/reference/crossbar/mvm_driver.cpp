// Many `mvm` in one process: the argument is a text file with lines "hardware.yaml input.h5 output.h5".
#include <fstream>
#include <iostream>
#include <string>

#include "sim/app/mvm.h"
#include "sim/base/parallel.h"
#include "sim/config/config.h"

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    try {
        std::ifstream list(argv[1]);
        remask::ThreadPool pool(2);
        std::string hardware;
        std::string input;
        std::string output;
        while (list >> hardware >> input >> output) {
            const remask::Document document = remask::Document::load(hardware);
            const auto parameters = remask::read_config<remask::CrossbarParameters>(document.section("crossbar"));
            remask::run_mvm(parameters, input, output, pool);
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
    return 0;
}
