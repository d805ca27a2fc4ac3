#include "sim/storage/hdf5_handle.h"

#include <algorithm>
#include <cstdint>

namespace remask::hdf5 {
namespace {

std::mutex& library_mutex() {
    static auto* mutex = new std::mutex;  // never destroyed: readers may be closed during exit
    return *mutex;
}

}  // namespace

Lock::Lock() : lock_(library_mutex()) {
    // Set at every lock: where the library is built thread-safe, this is a property of the thread.
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

template <>
hid_t native_type<float>() {
    return H5T_NATIVE_FLOAT;
}
template <>
hid_t native_type<double>() {
    return H5T_NATIVE_DOUBLE;
}
template <>
hid_t native_type<std::uint8_t>() {
    return H5T_NATIVE_UINT8;
}
template <>
hid_t native_type<std::int8_t>() {
    return H5T_NATIVE_INT8;
}
template <>
hid_t native_type<std::int16_t>() {
    return H5T_NATIVE_INT16;
}
template <>
hid_t native_type<std::int32_t>() {
    return H5T_NATIVE_INT32;
}
template <>
hid_t native_type<std::int64_t>() {
    return H5T_NATIVE_INT64;
}
template <>
hid_t native_type<std::uint64_t>() {
    return H5T_NATIVE_UINT64;
}

std::string last_reason() {
    std::string reason;
    const auto visit = [](unsigned, const H5E_error2_t* error, void* target) -> herr_t {
        auto& text = *static_cast<std::string*>(target);
        if (text.empty() && error->desc != nullptr) text = error->desc;
        return 0;
    };
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, visit, &reason);
    return reason.empty() ? "" : " (HDF5: " + reason + ")";
}

std::vector<std::string> prefixes(const std::string& name) {
    std::vector<std::string> result;
    for (std::size_t end = 1; end < name.size(); ++end) {
        end = std::min(name.find('/', end), name.size());
        if (end > 0 && name[end - 1] != '/') result.push_back(name.substr(0, end));
    }
    return result;
}

}  // namespace remask::hdf5
