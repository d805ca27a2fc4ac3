// One field list a struct: `void describe(Fields&, X&)` names every field of X once, and that list drives reading from
// YAML, the resolved-config dump and the reference documentation.
//
//     void describe(Fields& fields, Adc& adc) {
//         fields.field("bits", adc.bits, {.doc = "resolution; 0 = ideal", .min = 0, .max = 16});
//         fields.field("energy", adc.energy, {.doc = "energy per conversion", .min = 0});
//     }
//
// A field without `.optional = true` must be given; an optional one keeps the value that it had before.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "sim/base/quantity.h"

namespace remask {

struct FieldOptions {
    std::string_view doc;
    bool optional = false;
    /// Inclusive range of a number (for quantities in SI).
    double min = -std::numeric_limits<double>::infinity();
    double max = std::numeric_limits<double>::infinity();
};

/// Words of an enum, in the order of its values 0, 1, …: specialise for every enum that is a field.
template <class E>
struct EnumWords;  // static constexpr std::array<std::string_view, n> words

template <class E>
std::string_view word_of(E value) {
    return EnumWords<E>::words[static_cast<std::size_t>(value)];
}

class Fields {
public:
    virtual ~Fields() = default;

    template <class T>
    void field(std::string_view name, T& value, const FieldOptions& options);

    /// Reports a fault at field `name` of the current struct (a reader collects it; a dump ignores it) if `holds` is
    /// false. `name` empty means the struct itself.
    virtual void require(bool holds, std::string_view name, const std::string& message) = 0;

    /// Is field `name` written {from: TARGET} in place of its value? If so it is done with, and `target` says what it
    /// names; else `target` is empty and the field is to be visited as a value. A dump writes a `target` that is given.
    virtual bool reference(std::string_view name, std::string& target) {
        static_cast<void>(name);
        static_cast<void>(target);
        return false;
    }

protected:
    virtual void boolean(std::string_view name, bool& value, const FieldOptions& options) = 0;
    virtual void integer(std::string_view name, std::int64_t& value, const FieldOptions& options) = 0;
    virtual void real(std::string_view name, double& value, const FieldOptions& options) = 0;
    virtual void text(std::string_view name, std::string& value, const FieldOptions& options) = 0;
    /// A relative path is taken from the folder of the file in which it is written.
    virtual void path(std::string_view name, std::filesystem::path& value, const FieldOptions& options) = 0;
    virtual void quantity(std::string_view name, double& si, const DimensionVector& dimension,
                          const FieldOptions& options) = 0;
    virtual void choice(std::string_view name, int& index, std::span<const std::string_view> words,
                        const FieldOptions& options) = 0;

    /// Enters a nested struct; false: it is absent (and was reported if required), nothing to visit.
    virtual bool enter_struct(std::string_view name, const FieldOptions& options) = 0;
    virtual void leave_struct() = 0;
    /// Enters a list that now has `size` elements; returns how many to visit, or -1: absent, leave the value alone.
    /// Elements are then visited as fields named "0", "1", …
    virtual std::int64_t enter_list(std::string_view name, std::size_t size, const FieldOptions& options) = 0;
    virtual void leave_list() = 0;
    /// Enters a map with free keys; returns the keys to visit, or nothing: absent. Entries are visited as fields named
    /// by the key.
    virtual std::optional<std::vector<std::string>> enter_map(std::string_view name,
                                                              const std::vector<std::string>& keys,
                                                              const FieldOptions& options) = 0;
    virtual void leave_map() = 0;
    /// For std::optional: is the field to be visited? `present` says whether the value now holds something.
    virtual bool has(std::string_view name, bool present) = 0;
};

namespace detail {
template <class T>
struct IsQuantity : std::false_type {};
template <class D>
struct IsQuantity<Quantity<D>> : std::true_type {};
template <class T>
struct IsVector : std::false_type {};
template <class U>
struct IsVector<std::vector<U>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class U>
struct IsOptional<std::optional<U>> : std::true_type {};
template <class T>
struct IsMap : std::false_type {};
template <class U>
struct IsMap<std::map<std::string, U>> : std::true_type {};
}  // namespace detail

template <class T>
void Fields::field(std::string_view name, T& value, const FieldOptions& options) {
    if constexpr (std::is_same_v<T, bool>) {
        boolean(name, value, options);
    } else if constexpr (std::is_enum_v<T>) {
        int index = static_cast<int>(value);
        choice(name, index, EnumWords<T>::words, options);
        value = static_cast<T>(index);
    } else if constexpr (std::is_integral_v<T>) {
        auto wide = static_cast<std::int64_t>(value);
        FieldOptions limited = options;
        limited.min = std::max(limited.min, static_cast<double>(std::numeric_limits<T>::min()));
        limited.max = std::min(limited.max, static_cast<double>(std::numeric_limits<T>::max()));
        integer(name, wide, limited);
        value = static_cast<T>(wide);
    } else if constexpr (std::is_floating_point_v<T>) {
        auto wide = static_cast<double>(value);
        real(name, wide, options);
        value = static_cast<T>(wide);
    } else if constexpr (std::is_same_v<T, std::string>) {
        text(name, value, options);
    } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
        path(name, value, options);
    } else if constexpr (detail::IsQuantity<T>::value) {
        double si = value.si();
        quantity(name, si, T::dimension::vector, options);
        value = T::from_si(si);
    } else if constexpr (detail::IsVector<T>::value) {
        const std::int64_t size = enter_list(name, value.size(), options);
        if (size < 0) return;
        value.resize(static_cast<std::size_t>(size));
        FieldOptions element = options;
        element.optional = false;
        for (std::int64_t i = 0; i < size; ++i) field(std::to_string(i), value[static_cast<std::size_t>(i)], element);
        leave_list();
    } else if constexpr (detail::IsMap<T>::value) {
        std::vector<std::string> present;
        for (const auto& entry : value) present.push_back(entry.first);
        const auto keys = enter_map(name, present, options);
        if (!keys) return;
        FieldOptions element = options;
        element.optional = false;
        for (const std::string& key : *keys) field(key, value[key], element);
        leave_map();
    } else if constexpr (detail::IsOptional<T>::value) {
        if (!has(name, value.has_value())) return;
        if (!value) value.emplace();
        FieldOptions inner = options;
        inner.optional = false;
        field(name, *value, inner);
    } else {
        if (!enter_struct(name, options)) return;
        describe(*this, value);
        leave_struct();
    }
}

}  // namespace remask
