#include "models/network/safetensors_file.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "sim/base/diagnostics.h"
#include "sim/base/files.h"

namespace remask {
namespace {

using Json = nlohmann::json;

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what) {
    throw InputError(path.string() + ": " + what);
}

/// Bytes of one element, 0 for an unknown dtype.
std::uint64_t element_size(const std::string& dtype) {
    static const std::map<std::string, std::uint64_t> sizes{{"F64", 8}, {"I64", 8}, {"U64", 8},  {"F32", 4}, {"I32", 4},
                                                            {"U32", 4}, {"F16", 2}, {"BF16", 2}, {"I16", 2}, {"U16", 2},
                                                            {"I8", 1},  {"U8", 1},  {"BOOL", 1}};
    const auto found = sizes.find(dtype);
    return found == sizes.end() ? 0 : found->second;
}

/// A little-endian unsigned number of sizeof(T) bytes.
template <class T>
T little_endian(const char* bytes) {
    T value = 0;
    for (std::size_t i = sizeof(T); i > 0; --i)
        value = static_cast<T>(value << 8 | static_cast<unsigned char>(bytes[i - 1]));
    return value;
}

/// IEEE 754 binary16.
float half_to_float(std::uint16_t bits) {
    const int exponent = bits >> 10 & 31;
    const int fraction = bits & 1023;
    const float sign = (bits & 0x8000) != 0 ? -1.0f : 1.0f;
    if (exponent == 31) return fraction != 0 ? std::nanf("") : sign * HUGE_VALF;
    if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
    return sign * std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
}

float element(const std::string& dtype, const char* bytes) {
    if (dtype == "F32") return std::bit_cast<float>(little_endian<std::uint32_t>(bytes));
    if (dtype == "F64") return static_cast<float>(std::bit_cast<double>(little_endian<std::uint64_t>(bytes)));
    if (dtype == "BF16") {
        return std::bit_cast<float>(static_cast<std::uint32_t>(little_endian<std::uint16_t>(bytes)) << 16);
    }
    return half_to_float(little_endian<std::uint16_t>(bytes));
}

/// Parses JSON in which no object names a key twice.
Json parse_strictly(const std::string& text) {
    std::vector<std::set<std::string>> keys;
    const auto watch = [&](int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) keys.emplace_back();
        if (event == Json::parse_event_t::object_end) keys.pop_back();
        if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second) {
            throw InputError("the name '" + parsed.get<std::string>() + "' occurs twice");
        }
        return true;
    };
    return Json::parse(text, watch);
}

/// The unsigned integers of a JSON list, or nothing.
std::optional<std::vector<std::uint64_t>> unsigned_list(const Json& parent, const char* key) {
    const auto list = parent.find(key);
    if (list == parent.end() || !list->is_array()) return std::nullopt;
    std::vector<std::uint64_t> result;
    for (const Json& item : *list) {
        if (!item.is_number_unsigned()) return std::nullopt;
        result.push_back(item.get<std::uint64_t>());
    }
    return result;
}

/// Product of `shape` and `size`, or nothing if it is more than `limit`.
std::optional<std::uint64_t> byte_count(const std::vector<std::uint64_t>& shape, std::uint64_t size,
                                        std::uint64_t limit) {
    if (std::find(shape.begin(), shape.end(), 0u) != shape.end()) return 0;
    std::uint64_t bytes = size;
    for (const std::uint64_t extent : shape) {
        if (extent > limit / bytes) return std::nullopt;
        bytes *= extent;
    }
    return bytes;
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : path_(path) {
    constexpr std::size_t kLength = 8;  // bytes of the header's length
    const std::string file = read_file(path);
    if (file.size() < kLength) fail(path, "is not a safetensors file: shorter than 8 bytes");
    const auto length = little_endian<std::uint64_t>(file.data());
    if (length > file.size() - kLength) {
        fail(path, "is truncated or not a safetensors file: its header should have " + std::to_string(length) +
                       " bytes, the whole file has " + std::to_string(file.size()));
    }
    data_ = file.substr(kLength + length);
    read_header(file.substr(kLength, length));
    check_layout();
}

void SafetensorsFile::read_header(const std::string& text) {
    Json header;
    try {
        header = parse_strictly(text);
    } catch (const Json::exception& error) {
        fail(path_, std::string("is not a safetensors file: its header is not JSON: ") + error.what());
    } catch (const InputError& error) {
        fail(path_, "damaged header: " + error.diagnostics().front().message);
    }
    if (!header.is_object()) fail(path_, "is not a safetensors file: its header is not a JSON object");
    for (const auto& item : header.items()) {
        const std::string& name = item.key();
        const Json& value = item.value();
        if (!value.is_object()) fail(path_, "header entry '" + name + "' is not an object");
        if (name == "__metadata__") {
            for (const auto& note : value.items()) {
                if (note.value().is_string()) metadata_[note.key()] = note.value().get<std::string>();
            }
            continue;
        }
        const auto dtype = value.find("dtype");
        const auto shape = unsigned_list(value, "shape");
        const auto offsets = unsigned_list(value, "data_offsets");
        if (dtype == value.end() || !dtype->is_string() || !shape || !offsets || offsets->size() != 2) {
            fail(path_, "tensor '" + name + "' must have a dtype, a shape and two data_offsets");
        }
        Entry entry{dtype->get<std::string>(), {}, (*offsets)[0], (*offsets)[1]};
        const std::uint64_t size = element_size(entry.dtype);
        if (size == 0) fail(path_, "tensor '" + name + "' has the unknown dtype '" + entry.dtype + "'");
        if (entry.begin > entry.end || entry.end > data_.size()) {
            fail(path_, "tensor '" + name + "' lies outside the file; is it truncated?");
        }
        if (byte_count(*shape, size, data_.size()) != entry.end - entry.begin) {
            fail(path_, "tensor '" + name + "' has " + std::to_string(entry.end - entry.begin) +
                            " bytes, which are not its shape's");
        }
        for (const std::uint64_t extent : *shape) entry.shape.push_back(static_cast<std::int64_t>(extent));
        entries_[name] = std::move(entry);
    }
    if (entries_.empty()) fail(path_, "holds no tensors");
}

void SafetensorsFile::check_layout() const {
    std::vector<std::pair<std::uint64_t, std::string>> order;
    for (const auto& [name, entry] : entries_) {
        if (entry.end > entry.begin) order.emplace_back(entry.begin, name);
    }
    std::sort(order.begin(), order.end());
    std::uint64_t end = 0;
    for (const auto& item : order) {
        const Entry& entry = entries_.at(item.second);
        if (entry.begin < end) fail(path_, "tensor '" + item.second + "' overlaps another one");
        if (entry.begin > end) fail(path_, "there are bytes of no tensor before '" + item.second + "'");
        end = entry.end;
    }
    if (end != data_.size()) fail(path_, "there are bytes of no tensor at the end of the file");
}

const SafetensorsFile::Entry& SafetensorsFile::entry(const std::string& name) const {
    const auto found = entries_.find(name);
    if (found == entries_.end()) fail(path_, "there is no tensor '" + name + "'");
    return found->second;
}

Tensor SafetensorsFile::tensor(const std::string& name) {
    const Entry& e = entry(name);
    if (e.dtype != "F32" && e.dtype != "F64" && e.dtype != "F16" && e.dtype != "BF16") {
        fail(path_, "tensor '" + name + "' has dtype " + e.dtype + "; weights must be F32, F16, BF16 or F64");
    }
    used_.insert(name);
    const std::uint64_t size = element_size(e.dtype);
    Tensor result{e.shape, std::vector<float>(static_cast<std::size_t>((e.end - e.begin) / size))};
    for (std::size_t i = 0; i < result.values.size(); ++i) {
        result.values[i] = element(e.dtype, data_.data() + e.begin + i * size);
        if (!std::isfinite(result.values[i])) {
            fail(path_,
                 "tensor '" + name + "' is not finite (or not a float32 number) at position " + std::to_string(i));
        }
    }
    return result;
}

std::vector<std::string> SafetensorsFile::unused() const {
    std::vector<std::string> names;
    for (const auto& item : entries_) {
        if (!used_.contains(item.first)) names.push_back(item.first);
    }
    return names;
}

}  // namespace remask
