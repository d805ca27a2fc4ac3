// Inside the folder only: a safetensors file (https://github.com/huggingface/safetensors, "Format"), checked wholly
// before use.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "models/network/network.h"

namespace remask {

class SafetensorsFile {
public:
    /// Reads the whole file. Throws InputError: missing, truncated, header not JSON, unknown dtype, a tensor whose
    /// bytes are not its shape's, lie outside the file or overlap another's.
    explicit SafetensorsFile(const std::filesystem::path& path);

    bool contains(const std::string& name) const { return entries_.contains(name); }
    const std::vector<std::int64_t>& shape(const std::string& name) const { return entry(name).shape; }
    /// Values as float32 (F32, F16, BF16, F64). Throws InputError: not there, another dtype, not finite. Marks the
    /// tensor as used.
    Tensor tensor(const std::string& name);
    /// Names that tensor() was not asked for.
    std::vector<std::string> unused() const;
    /// "__metadata__", may be empty.
    const std::map<std::string, std::string>& metadata() const { return metadata_; }
    std::string origin() const { return path_.string(); }

private:
    struct Entry {
        std::string dtype;
        std::vector<std::int64_t> shape;
        std::uint64_t begin = 0, end = 0;  // in data_
    };
    const Entry& entry(const std::string& name) const;
    void read_header(const std::string& text);
    void check_layout() const;

    std::filesystem::path path_;
    std::string data_;
    std::map<std::string, Entry> entries_;
    std::map<std::string, std::string> metadata_;
    std::set<std::string> used_;
};

}  // namespace remask
