#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string_view>

#include "sim/base/diagnostics.h"
#include "sim/base/files.h"
#include "sim/storage/hdf5_file.h"
#include "sim/storage/hdf5_handle.h"

namespace remask {
namespace {

/// Arrays carry checksums, so that a damaged file is found when it is read; HDF5 keeps them a chunk: one chunk an
/// array, or a part of it where that would be large.
void add_checksums(const hdf5::Id& creation, std::vector<hsize_t> chunk, std::size_t element) {
    constexpr hsize_t largest = hsize_t{1} << 28;
    if (chunk.empty() || std::count(chunk.begin(), chunk.end(), hsize_t{0}) > 0) return;
    hsize_t rest = element;
    for (std::size_t i = chunk.size(); i-- > 0;) {
        chunk[i] = std::clamp<hsize_t>(largest / rest, 1, chunk[i]);
        rest *= chunk[i];
    }
    H5Pset_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data());
    H5Pset_fletcher32(creation.get());
}

}  // namespace

/// The file is built in memory and written by write_file(): whole or not at all. (HDF5 1.10 crashes at exit after a
/// write failed.)
struct Hdf5Writer::Handle {
    std::filesystem::path path;
    hdf5::Id file;

    [[noreturn]] void fail(const std::string& name, const std::string& what) const {
        throw RunError(path.string() + ": " + name + ": " + what + hdf5::last_reason());
    }

    void write(const std::string& name, const hdf5::Id& type, const hdf5::Id& space, const void* values,
               const std::vector<hsize_t>& shape = {}) const {
        if (!file.valid()) throw InternalError(path.string() + ": written to after commit()");
        const hdf5::Id links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
        const hdf5::Id creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
        H5Pset_create_intermediate_group(links.get(), 1);
        H5Pset_obj_track_times(creation.get(), false);  // equal contents give equal bytes
        add_checksums(creation, shape, H5Tget_size(type.get()));
        const hdf5::Id dataset(
            H5Dcreate2(file.get(), name.c_str(), type.get(), space.get(), links.get(), creation.get(), H5P_DEFAULT),
            H5Dclose);
        if (!dataset.valid()) fail(name, "cannot be created");
        if (H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
            fail(name, "cannot be written");
        }
    }
};

Hdf5Writer::Hdf5Writer(const std::filesystem::path& path) : handle_(std::make_unique<Handle>()) {
    const std::filesystem::path folder = path.parent_path().empty() ? "." : path.parent_path();
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) {
        throw RunError(path.string() + ": cannot be created: there is no folder " + folder.string());
    }
    if (::access(folder.c_str(), W_OK) != 0) {
        throw RunError(path.string() + ": cannot be created: you may not write to " + folder.string());
    }
    if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored)) {
        throw RunError(path.string() + ": cannot be written: it exists and is not a plain file");
    }
    handle_->path = path;
    const hdf5::Lock lock;
    const hdf5::Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
    H5Pset_fapl_core(access.get(), std::size_t{1} << 20, false);
    // A name of its own, since two writers may be at work on one path; nothing of this name is ever on the disk.
    static std::atomic<unsigned> counter{0};
    const std::string name = "remask-in-memory-" + std::to_string(counter++);
    handle_->file = hdf5::Id(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
    if (!handle_->file.valid()) throw InternalError(path.string() + ": HDF5 makes no file" + hdf5::last_reason());
}

Hdf5Writer::~Hdf5Writer() {
    const hdf5::Lock lock;
    handle_.reset();
}

template <class T>
void Hdf5Writer::write(const std::string& name, const std::vector<std::int64_t>& shape, std::span<const T> values) {
    std::vector<hsize_t> sizes;
    std::size_t count = 1;
    for (const std::int64_t size : shape) {
        sizes.push_back(static_cast<hsize_t>(size));
        count *= static_cast<std::size_t>(size);
    }
    if (count != values.size()) {
        throw InternalError(name + ": " + std::to_string(values.size()) + " values for a shape of " +
                            std::to_string(count));
    }
    const hdf5::Lock lock;
    const hdf5::Id type(H5Tcopy(hdf5::native_type<T>()), H5Tclose);
    const hdf5::Id space(
        sizes.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
        H5Sclose);
    if (!space.valid()) handle_->fail(name, "has a shape that HDF5 cannot store");
    handle_->write(name, type, space, values.data(), sizes);
}

void Hdf5Writer::write_text(const std::string& name, const std::string& text) {
    const hdf5::Lock lock;
    const hdf5::Id type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), text.size() + 1);
    H5Tset_cset(type.get(), H5T_CSET_UTF8);
    const hdf5::Id space(H5Screate(H5S_SCALAR), H5Sclose);
    handle_->write(name, type, space, text.c_str());
}

void Hdf5Writer::commit() {
    std::string image;
    {
        const hdf5::Lock lock;
        if (!handle_->file.valid()) throw InternalError(handle_->path.string() + ": committed twice");
        ssize_t size = H5Fflush(handle_->file.get(), H5F_SCOPE_LOCAL) < 0
                           ? -1
                           : H5Fget_file_image(handle_->file.get(), nullptr, 0);
        if (size > 0) {
            image.resize(static_cast<std::size_t>(size));
            size = H5Fget_file_image(handle_->file.get(), image.data(), image.size());
        }
        handle_->file.close();
        if (size <= 0) handle_->fail("/", "the file's image cannot be made");
    }
    write_file(handle_->path, image);
}

template void Hdf5Writer::write<float>(const std::string&, const std::vector<std::int64_t>&, std::span<const float>);
template void Hdf5Writer::write<double>(const std::string&, const std::vector<std::int64_t>&, std::span<const double>);
template void Hdf5Writer::write<std::uint8_t>(const std::string&, const std::vector<std::int64_t>&,
                                              std::span<const std::uint8_t>);
template void Hdf5Writer::write<std::int8_t>(const std::string&, const std::vector<std::int64_t>&,
                                             std::span<const std::int8_t>);
template void Hdf5Writer::write<std::int16_t>(const std::string&, const std::vector<std::int64_t>&,
                                              std::span<const std::int16_t>);
template void Hdf5Writer::write<std::int32_t>(const std::string&, const std::vector<std::int64_t>&,
                                              std::span<const std::int32_t>);
template void Hdf5Writer::write<std::int64_t>(const std::string&, const std::vector<std::int64_t>&,
                                              std::span<const std::int64_t>);

}  // namespace remask
