#include "sim/base/progress.h"

namespace remask {

namespace {

class SilentProgress final : public Progress {
public:
    void begin(std::string_view, std::int64_t) override {}
    void advance(std::int64_t) override {}
    void end() override {}
    void message(std::string_view) override {}
};

}  // namespace

Progress& silent_progress() {
    static SilentProgress progress;
    return progress;
}

}  // namespace remask
