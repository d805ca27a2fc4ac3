// HDF5 files without HDF5's headers: arrays in, arrays out, every fault an InputError that names file and object.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace remask {

/// Element types: float, double, std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t.
class Hdf5Reader {
public:
    /// Throws InputError: missing, not HDF5, truncated.
    explicit Hdf5Reader(const std::filesystem::path& path);
    ~Hdf5Reader();

    bool contains(const std::string& name) const;
    std::vector<std::int64_t> shape(const std::string& name) const;
    /// Names of the members of a group, sorted.
    std::vector<std::string> members(const std::string& group) const;
    /// Reads a dataset as T (HDF5's own conversion between number types; a value that does not fit T is an InputError).
    template <class T>
    std::vector<T> read(const std::string& name) const;
    std::string read_text(const std::string& name) const;
    const std::filesystem::path& path() const;

private:
    struct Handle;
    std::unique_ptr<Handle> handle_;
};

/// Writes to a temporary file beside `path`; commit() renames it. Without commit() nothing is left.
class Hdf5Writer {
public:
    explicit Hdf5Writer(const std::filesystem::path& path);
    ~Hdf5Writer();

    /// Groups in `name` ("/a/b/c") are made as needed. An empty shape writes a scalar.
    template <class T>
    void write(const std::string& name, const std::vector<std::int64_t>& shape, std::span<const T> values);
    template <class T>
    void write_scalar(const std::string& name, T value) {
        write<T>(name, {}, std::span<const T>(&value, 1));
    }
    void write_text(const std::string& name, const std::string& text);
    /// Closes and renames; throws RunError (disk full, folder not writable).
    void commit();

private:
    struct Handle;
    std::unique_ptr<Handle> handle_;
};

}  // namespace remask
