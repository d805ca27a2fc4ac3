// A sweep's points on disk: where each lies, and whether what lies there is its result.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/app/sweep/sweep.h"

namespace remask {

struct SweepPoint {
    std::filesystem::path folder;  ///< OUT/points/NNNN
    Overrides overrides;
};

class SweepPoints {
public:
    /// Both must outlive this.
    SweepPoints(const Sweep& sweep, const SweepOptions& options);

    const std::vector<SweepPoint>& all() const { return points_; }

    /// Are the point's results those of this sweep, and undamaged?
    bool is_done(std::size_t index);
    /// Before the point's run reads the experiment: its results will be those of the files as they are now.
    void mark_begun(std::size_t index);
    /// After the point's run, which mark_begun() came before, has ended well.
    void mark_done(std::size_t index);

private:
    const std::string& key(std::size_t index);
    std::string make_key(const Overrides& point);
    const std::string& backbone_hash(const std::filesystem::path& model);

    const Sweep& sweep_;
    const SweepOptions& options_;
    std::vector<SweepPoint> points_;
    std::vector<std::string> keys_;
    std::map<std::filesystem::path, std::string> hashes_;
};

}  // namespace remask
