// YAML to structs and back, by the field list of each struct (sim/base/fields.h). Start here.
//
//     Document document = Document::load("experiment.yaml", {"hw_configs"});
//     document.set("seed=7");
//     const auto experiment = read_config<Experiment>(document);
//     write_file("resolved.yaml", resolved_yaml(experiment, document));
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "sim/config/document.h"
#include "sim/config/dumper.h"
#include "sim/config/field_docs.h"
#include "sim/config/reader.h"

namespace remask {

/// Fills `value`; optional fields that are not given keep what they have. Throws ConfigError with every fault found,
/// sorted by place; `value` is then half filled.
template <class T>
void read_into(const Document& document, T& value) {
    Reader reader(document);
    describe(reader, value);
    reader.finish();
}

template <class T>
T read_config(const Document& document, T defaults = {}) {
    read_into(document, defaults);
    return defaults;
}

/// Every fault of one file, empty if it is sound: for `remask check`. Throws InputError if the file cannot be read.
template <class T>
std::vector<Diagnostic> check_config(const std::filesystem::path& file, const Document::Folders& search = {},
                                     T defaults = {}) {
    try {
        read_into(Document::load(file, search), defaults);
    } catch (const ConfigError& error) {
        return error.diagnostics();
    }
    return {};
}

/// The whole of `value` as YAML, each value followed by "# file:line", "# --set" or "# default". It can be read again
/// and gives the same values bit for bit; paths are absolute. An optional section that was not given and has fields
/// without a default is left out.
template <class T>
std::string resolved_yaml(T value, const Document& document) {
    Dumper dumper(&document);
    describe(dumper, value);
    return write_yaml(dumper.take());
}

/// One row a field, in the order of the field list. Fields that depend on others appear as `defaults` makes them.
template <class T>
std::vector<FieldDoc> document_fields(T defaults = {}) {
    Dumper dumper(nullptr);
    T copy = defaults;
    describe(dumper, copy);
    const Node values = dumper.take();
    DocCollector collector(values);
    describe(collector, defaults);
    return collector.take();
}

}  // namespace remask
