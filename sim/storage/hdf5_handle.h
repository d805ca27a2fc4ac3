// Inside the folder only: HDF5 identifiers that close themselves, the lock around the library, and type names.
#pragma once

#include <hdf5.h>

#include <filesystem>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace remask::hdf5 {

/// The serial HDF5 library isn't thread-safe: every call, closing among them, happens while this is held.
/// The first lock also switches off HDF5's own printing of errors.
class Lock {
public:
    Lock();

private:
    std::unique_lock<std::mutex> lock_;
};

/// Owns one identifier; closes it (the caller holds the Lock).
class Id {
public:
    using Closer = herr_t (*)(hid_t);
    Id() = default;
    Id(hid_t id, Closer closer) : id_(id), closer_(closer) {}
    Id(Id&& other) noexcept : id_(std::exchange(other.id_, -1)), closer_(other.closer_) {}
    Id& operator=(Id&& other) noexcept {
        if (this != &other) {
            close();
            id_ = std::exchange(other.id_, -1);
            closer_ = other.closer_;
        }
        return *this;
    }
    ~Id() { close(); }

    bool valid() const { return id_ >= 0; }
    hid_t get() const { return id_; }
    /// False if HDF5 reports a fault (e.g. the last flush of a file failed).
    bool close() {
        if (id_ < 0) return true;
        return closer_(std::exchange(id_, -1)) >= 0;
    }

private:
    hid_t id_ = -1;
    Closer closer_ = nullptr;
};

/// HDF5's number in memory for a C++ type.
template <class T>
hid_t native_type();

/// The innermost message on HDF5's error stack, " (…)" or empty.
std::string last_reason();

/// "/a/b/c" -> {"/a", "/a/b", "/a/b/c"}.
std::vector<std::string> prefixes(const std::string& name);

}  // namespace remask::hdf5
