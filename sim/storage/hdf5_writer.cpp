#include <unistd.h>

#include <atomic>
#include <limits>

#include "sim/base/diagnostics.h"
#include "sim/storage/hdf5_file.h"
#include "sim/storage/hdf5_handle.h"

namespace remask {
namespace {

std::filesystem::path temporary_beside(const std::filesystem::path& path) {
    static std::atomic<unsigned> counter{0};
    std::string name(1, '.');
    name.append(path.filename().string()).append(1, '.').append(std::to_string(getpid()));
    name.append(1, '.').append(std::to_string(counter++)).append(".tmp");
    return path.parent_path() / name;
}

}  // namespace

struct Hdf5Writer::Handle {
    std::filesystem::path path;
    std::filesystem::path temporary;
    hdf5::Id file;

    [[noreturn]] void fail(const std::string& name, const std::string& what) const {
        throw RunError(path.string() + ": " + name + ": " + what + hdf5::last_reason());
    }

    void write(const std::string& name, const hdf5::Id& type, const hdf5::Id& space, const void* values) const {
        if (!file.valid()) throw InternalError(path.string() + ": written to after commit()");
        const hdf5::Id links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
        const hdf5::Id creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
        H5Pset_create_intermediate_group(links.get(), 1);
        H5Pset_obj_track_times(creation.get(), false);  // equal contents give equal bytes
        const hdf5::Id dataset(
            H5Dcreate2(file.get(), name.c_str(), type.get(), space.get(), links.get(), creation.get(), H5P_DEFAULT),
            H5Dclose);
        if (!dataset.valid()) fail(name, "cannot be created");
        if (H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
            fail(name, "cannot be written; is the disk full?");
        }
    }

    ~Handle() {
        if (!file.valid()) return;
        file.close();
        std::error_code ignored;
        std::filesystem::remove(temporary, ignored);
    }
};

Hdf5Writer::Hdf5Writer(const std::filesystem::path& path) : handle_(std::make_unique<Handle>()) {
    handle_->path = path;
    handle_->temporary = temporary_beside(path);
    const hdf5::Lock lock;
    const hdf5::Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
    handle_->file = hdf5::Id(H5Fcreate(handle_->temporary.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
    if (!handle_->file.valid()) {
        throw RunError(path.string() + ": cannot be created; does the folder exist, and may you write to it?");
    }
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
    handle_->write(name, type, space, values.data());
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
    const hdf5::Lock lock;
    if (!handle_->file.valid()) throw InternalError(handle_->path.string() + ": committed twice");
    const bool flushed = H5Fflush(handle_->file.get(), H5F_SCOPE_LOCAL) >= 0;
    const bool closed = handle_->file.close();
    std::error_code error;
    if (flushed && closed) std::filesystem::rename(handle_->temporary, handle_->path, error);
    if (!flushed || !closed || error) {
        std::error_code ignored;
        std::filesystem::remove(handle_->temporary, ignored);
        throw RunError(handle_->path.string() + ": cannot be written; " +
                       (error ? error.message() : std::string("is the disk full?")));
    }
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
