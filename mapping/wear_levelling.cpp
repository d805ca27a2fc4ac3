#include "mapping/wear_levelling.h"

#include <algorithm>
#include <numeric>

#include "sim/base/diagnostics.h"

namespace remask {

namespace {

/// A physical PE's cells as one after the other of the layers' PEs comes to it.
class Host {
public:
    void receive(const PeCells& arriving, std::int64_t cycles) {
        levels_.resize(arriving.levels.size(), -1);
        writes_.resize(arriving.levels.size());
        for (std::size_t c = 0; c < levels_.size(); ++c) {
            if (arriving.levels[c] < 0) continue;
            writes_[c] += cycles * arriving.writes[c] + (levels_[c] == arriving.levels[c] ? 0 : 1);
            levels_[c] = arriving.levels[c];
        }
    }
    void forget_writes() { std::fill(writes_.begin(), writes_.end(), 0); }
    const std::vector<std::int16_t>& levels() const { return levels_; }
    std::int64_t most_writes() const { return writes_.empty() ? 0 : *std::max_element(writes_.begin(), writes_.end()); }

private:
    std::vector<std::int16_t> levels_;
    std::vector<std::int64_t> writes_;
};

}  // namespace

// PEs move in turn, 0, 1, …, P−1, 0, …; a spare PE waits for S moves and a used one for P. So a physical PE that PE p
// of the layers leaves takes in p + S (mod P) next, then p + 2S, …: all of one class modulo gcd(S, P), each for P
// moves, and is as before after (P/gcd)·(P + S) moves. All physical PEs of a class go through the same, so one of each
// is looked at.
LevelledWear level_wear(std::int64_t pes, std::int64_t spares, std::int64_t cycles_per_move,
                        const std::function<PeCells(std::int64_t)>& cells, const MoveObserver& moved) {
    if (pes < 1 || spares < 1 || cycles_per_move < 1)
        throw InternalError("wear levelling without PEs, spares or moves");
    const std::int64_t classes = std::gcd(pes, spares), members = pes / classes;
    LevelledWear wear;
    wear.cycles = members * (pes + spares) * cycles_per_move;
    for (std::int64_t first = 0; first < classes; ++first) {
        Host host;
        for (const bool counted : {false, true}) {  // once to see what is found there
            host.forget_writes();
            for (std::int64_t i = 0; i < members; ++i) {
                const std::int64_t pe = (first + i * spares) % pes;
                if (counted && moved) moved(pe, host.levels());
                host.receive(cells(pe), pes * cycles_per_move);
            }
        }
        wear.writes_max = std::max(wear.writes_max, host.most_writes());
    }
    return wear;
}

}  // namespace remask
