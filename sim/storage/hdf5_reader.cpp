#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "sim/base/diagnostics.h"
#include "sim/storage/hdf5_file.h"
#include "sim/storage/hdf5_handle.h"

namespace remask {
namespace {

/// A deflated dataset is at most about 1,030 times smaller than its values: more than this is a lie in the header.
constexpr double kMaximumCompression = 2000.0;

}  // namespace

struct Hdf5Reader::Handle {
    std::filesystem::path path;
    hdf5::Id file;

    [[noreturn]] void fail(const std::string& name, const std::string& what) const {
        throw InputError(path.string() + ": " + name + ": " + what);
    }

    bool contains(const std::string& name) const {
        if (name == "/") return true;
        const auto steps = hdf5::prefixes(name);
        return !steps.empty() && std::all_of(steps.begin(), steps.end(), [&](const std::string& step) {
            return H5Lexists(file.get(), step.c_str(), H5P_DEFAULT) > 0 &&
                   H5Oexists_by_name(file.get(), step.c_str(), H5P_DEFAULT) > 0;
        });
    }

    hdf5::Id open_dataset(const std::string& name) const {
        if (!contains(name)) fail(name, "no such dataset");
        hdf5::Id object(H5Oopen(file.get(), name.c_str(), H5P_DEFAULT), H5Oclose);
        if (!object.valid()) fail(name, "cannot be opened" + hdf5::last_reason());
        if (H5Iget_type(object.get()) != H5I_DATASET) fail(name, "is a group where a dataset is expected");
        return object;
    }

    std::vector<std::int64_t> shape(const hdf5::Id& dataset, const std::string& name) const {
        const hdf5::Id space(H5Dget_space(dataset.get()), H5Sclose);
        const int rank = space.valid() ? H5Sget_simple_extent_ndims(space.get()) : -1;
        if (rank < 0 || H5Sget_simple_extent_type(space.get()) == H5S_NULL) fail(name, "has no shape");
        std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
        if (H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr) < 0) fail(name, "has no shape");
        for (const hsize_t size : sizes) {
            if (size > static_cast<hsize_t>(std::numeric_limits<std::int64_t>::max())) fail(name, "is too large");
        }
        return {sizes.begin(), sizes.end()};
    }

    /// Number of values; refuses sizes that the stored bytes cannot fill.
    std::size_t count(const hdf5::Id& dataset, const hdf5::Id& type, const std::string& name) const {
        double values = 1.0;
        for (const std::int64_t size : shape(dataset, name)) values *= static_cast<double>(size);
        const double bytes = values * static_cast<double>(H5Tget_size(type.get()));
        const auto stored = static_cast<double>(H5Dget_storage_size(dataset.get()));
        if (bytes > stored * kMaximumCompression) {
            fail(name, "the file says that it holds more values than its bytes can (damaged, or never written)");
        }
        return static_cast<std::size_t>(values);
    }

    template <class Stored>
    std::vector<Stored> read_as(const hdf5::Id& dataset, std::size_t count, const std::string& name) const {
        std::vector<Stored> values;
        try {
            values.resize(count);
        } catch (const std::exception&) {
            fail(name, "is too large for this machine's memory");
        }
        if (H5Dread(dataset.get(), hdf5::native_type<Stored>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
            fail(name, "cannot be read; is the file truncated?" + hdf5::last_reason());
        }
        return values;
    }
};

namespace {

/// `value` as T where T can hold it: exactly for integers, rounded for floating-point numbers.
template <class T, class Stored>
std::optional<T> converted(Stored value) {
    if constexpr (std::is_floating_point_v<T>) {
        const auto result = static_cast<T>(value);
        if constexpr (std::is_floating_point_v<Stored>) {
            if (std::isfinite(value) && !std::isfinite(result)) return std::nullopt;
        }
        return result;
    } else if constexpr (std::is_floating_point_v<Stored>) {
        // The bounds are powers of two (or one below), so that they compare exactly as doubles.
        const double low = static_cast<double>(std::numeric_limits<T>::min());
        const double beyond = std::ldexp(1.0, std::numeric_limits<T>::digits);
        if (!(value >= low && value < beyond) || value != std::nearbyint(value)) return std::nullopt;
        return static_cast<T>(value);
    } else {
        if (std::cmp_less(value, std::numeric_limits<T>::min()) ||
            std::cmp_greater(value, std::numeric_limits<T>::max())) {
            return std::nullopt;
        }
        return static_cast<T>(value);
    }
}

}  // namespace

Hdf5Reader::Hdf5Reader(const std::filesystem::path& path) : handle_(std::make_unique<Handle>()) {
    handle_->path = path;
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) throw InputError(path.string() + ": no such file");
    if (std::filesystem::is_directory(status)) throw InputError(path.string() + ": is a folder, not an HDF5 file");
    if (!std::filesystem::is_regular_file(status))
        throw InputError(path.string() + ": is a pipe or a device, not a file");
    const hdf5::Lock lock;
    const hdf5::Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
#if H5_VERSION_GE(1, 10, 7)
    H5Pset_file_locking(access.get(), false, true);  // read-only and network file systems often cannot lock
#endif
    handle_->file = hdf5::Id(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
    if (!handle_->file.valid()) {
        throw InputError(path.string() + ": cannot be opened as HDF5; is it another format, or truncated?" +
                         hdf5::last_reason());
    }
}

Hdf5Reader::~Hdf5Reader() {
    const hdf5::Lock lock;
    handle_.reset();
}

bool Hdf5Reader::contains(const std::string& name) const {
    const hdf5::Lock lock;
    return handle_->contains(name);
}

std::vector<std::int64_t> Hdf5Reader::shape(const std::string& name) const {
    const hdf5::Lock lock;
    return handle_->shape(handle_->open_dataset(name), name);
}

std::vector<std::string> Hdf5Reader::members(const std::string& group) const {
    const hdf5::Lock lock;
    if (!handle_->contains(group)) handle_->fail(group, "no such group");
    const hdf5::Id object(H5Oopen(handle_->file.get(), group.c_str(), H5P_DEFAULT), H5Oclose);
    H5G_info_t info{};
    if (!object.valid() || H5Iget_type(object.get()) != H5I_GROUP || H5Gget_info(object.get(), &info) < 0) {
        handle_->fail(group, "is not a group");
    }
    std::vector<std::string> names;
    for (hsize_t i = 0; i < info.nlinks; ++i) {
        const auto name_of = [&](char* buffer, std::size_t size) {
            return H5Lget_name_by_idx(object.get(), ".", H5_INDEX_NAME, H5_ITER_INC, i, buffer, size, H5P_DEFAULT);
        };
        const auto length = name_of(nullptr, 0);
        if (length < 0) handle_->fail(group, "its members cannot be listed" + hdf5::last_reason());
        std::string name(static_cast<std::size_t>(length), '\0');
        name_of(name.data(), name.size() + 1);
        names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
}

template <class T>
std::vector<T> Hdf5Reader::read(const std::string& name) const {
    const hdf5::Lock lock;
    const hdf5::Id dataset = handle_->open_dataset(name);
    const hdf5::Id type(H5Dget_type(dataset.get()), H5Tclose);
    const H5T_class_t kind = H5Tget_class(type.get());
    if (kind != H5T_INTEGER && kind != H5T_FLOAT) handle_->fail(name, "does not hold numbers");
    const std::size_t count = handle_->count(dataset, type, name);
    if (H5Tequal(type.get(), hdf5::native_type<T>()) > 0) return handle_->read_as<T>(dataset, count, name);

    const auto convert = [&](const auto& stored) {
        std::vector<T> values(stored.size());
        for (std::size_t i = 0; i < stored.size(); ++i) {
            const auto value = converted<T>(stored[i]);
            if (!value) {
                handle_->fail(name, "value " + std::to_string(stored[i]) + " at position " + std::to_string(i) +
                                        " does not fit the type that is expected here");
            }
            values[i] = *value;
        }
        return values;
    };
    if (kind == H5T_FLOAT) return convert(handle_->read_as<double>(dataset, count, name));
    if (H5Tget_sign(type.get()) == H5T_SGN_NONE) return convert(handle_->read_as<std::uint64_t>(dataset, count, name));
    return convert(handle_->read_as<std::int64_t>(dataset, count, name));
}

std::string Hdf5Reader::read_text(const std::string& name) const {
    const hdf5::Lock lock;
    const hdf5::Id dataset = handle_->open_dataset(name);
    const hdf5::Id type(H5Dget_type(dataset.get()), H5Tclose);
    if (H5Tget_class(type.get()) != H5T_STRING) handle_->fail(name, "does not hold text");
    if (handle_->count(dataset, type, name) != 1) handle_->fail(name, "holds more than one text");
    const std::string unreadable = "cannot be read; is the file truncated?";
    if (H5Tis_variable_str(type.get()) > 0) {
        char* text = nullptr;
        const hdf5::Id memory(H5Tcopy(type.get()), H5Tclose);
        if (H5Dread(dataset.get(), memory.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, &text) < 0) {
            handle_->fail(name, unreadable + hdf5::last_reason());
        }
        std::string result = text == nullptr ? "" : text;
        H5free_memory(text);
        return result;
    }
    std::string text(H5Tget_size(type.get()), '\0');
    if (H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data()) < 0) {
        handle_->fail(name, unreadable + hdf5::last_reason());
    }
    text.resize(std::min(text.find('\0'), text.size()));
    return text;
}

const std::filesystem::path& Hdf5Reader::path() const {
    return handle_->path;
}

template std::vector<float> Hdf5Reader::read<float>(const std::string&) const;
template std::vector<double> Hdf5Reader::read<double>(const std::string&) const;
template std::vector<std::uint8_t> Hdf5Reader::read<std::uint8_t>(const std::string&) const;
template std::vector<std::int8_t> Hdf5Reader::read<std::int8_t>(const std::string&) const;
template std::vector<std::int16_t> Hdf5Reader::read<std::int16_t>(const std::string&) const;
template std::vector<std::int32_t> Hdf5Reader::read<std::int32_t>(const std::string&) const;
template std::vector<std::int64_t> Hdf5Reader::read<std::int64_t>(const std::string&) const;

}  // namespace remask
