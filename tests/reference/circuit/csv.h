// Numbers of a file with one list a line.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace remask {

inline std::vector<std::vector<double>> read_lines(const std::string& path) {
    std::ifstream file(path);
    EXPECT_TRUE(file.good()) << path;
    std::vector<std::vector<double>> lines;
    std::string line;
    while (std::getline(file, line)) {
        std::istringstream cells(line);
        std::string cell;
        lines.emplace_back();
        while (std::getline(cells, cell, ',')) lines.back().push_back(std::stod(cell));
    }
    return lines;
}

}  // namespace remask
