// How a layer's ADCs are used: which codes they give, and how often they clip.
#pragma once

#include <cstdint>
#include <vector>

namespace remask {

/// Codes that the ADCs of one slice and side of a layer gave, counted.
struct CodeCounts {
    int slice = 0;    ///< least significant first
    int side = 0;     ///< 0 positive, difference or offset; 1 negative
    double lo = 0.0;  ///< range, level units
    double hi = 0.0;
    std::vector<std::int64_t> codes;  ///< [V] conversions that gave this code, clipped ones among them
    std::int64_t clipped_low = 0;     ///< the sum lay below the range
    std::int64_t clipped_high = 0;

    /// Adds counts of the same slice and side; this may be empty. Ranges that differ (groups of a convolution keep one)
    /// are an InternalError.
    CodeCounts& operator+=(const CodeCounts& other);
};

/// The same in a few figures.
struct ConverterUse {
    int slice = 0;
    int side = 0;
    double lo = 0.0;  ///< level units
    double hi = 0.0;
    std::int64_t conversions = 0;
    std::int64_t clipped_low = 0;
    std::int64_t clipped_high = 0;
    std::int64_t codes = 0;       ///< V, those that the ADC has
    std::int64_t codes_used = 0;  ///< different codes that occurred
    std::int64_t lowest_code = 0;
    std::int64_t highest_code = 0;

    /// In [0,1]; 0 without conversions.
    double clipped_share() const;
};

ConverterUse summary_of(const CodeCounts& counts);

}  // namespace remask
