// Config files as the commands take them: the file, what it extends, and the command line's overrides.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "sim/config/config.h"

namespace remask {

class ConfigFile {
public:
    /// `extends:` is looked for beside the file, then in the hw_configs that come with remask.
    ConfigFile(const std::filesystem::path& file, const std::vector<std::pair<std::string, std::string>>& overrides);

    /// Throws ConfigError with all faults.
    template <class T>
    T read() {
        return read_config<T>(document_);
    }

    /// The whole of `value` as YAML with the origin of every value.
    template <class T>
    std::string resolved(const T& value) const {
        return resolved_yaml(value, document_);
    }

    const Document& document() const { return document_; }
    /// Keeps of a list only these elements, by their numbers.
    void keep_items(std::string_view path, const std::vector<std::size_t>& numbers) {
        document_.keep_items(path, numbers);
    }

    /// The same faults; those that name a path but no place get the place where the path, or what holds it, was
    /// written.
    std::vector<Diagnostic> placed(std::vector<Diagnostic> faults) const;

private:
    /// The chip is a whole file or a section `hardware:`; what works with one does not know which.
    std::string written_path(const std::string& path) const;

    Document document_;
};

/// Does `work`; a fault that shows only in use, as a chip that is too small, gets its place in `file`.
template <class Work>
auto with_places(const ConfigFile& file, Work&& work) {
    try {
        return work();
    } catch (const ConfigError& error) {
        throw ConfigError(file.placed(error.diagnostics()));
    } catch (const InputError& error) {
        throw InputError(file.placed(error.diagnostics()));
    }
}

/// `value` as YAML without origins: a text that is the same for equal values.
template <class T>
std::string plain_yaml(const T& value) {
    T copy = value;
    Dumper dumper(nullptr);
    describe(dumper, copy);
    return write_yaml(dumper.take());
}

std::string without_remarks(std::string yaml);

/// The same for people and files: without the remarks that its values are no file's.
template <class T>
std::string settings_of(const T& value) {
    return without_remarks(plain_yaml(value));
}

}  // namespace remask
