// One round of a network that takes the chip in rounds, as a network with a mapping of its own: what costs and times a
// network that fits does the same for it.
#pragma once

#include <vector>

#include "mapping/mapping.h"
#include "models/network/network.h"

namespace remask {

struct RoundNetwork {
    /// The round's layers behind inputs that stand for what other rounds hand it. Not as finish() asks: there may be
    /// several inputs, and no classifier.
    Network network;
    Mapping mapping;           ///< of its layers: one round
    std::vector<int> layers;   ///< by its layers: their number in the whole network; an input has its producer's
    std::vector<int> slots;    ///< by its slots: their number in the whole mapping
    std::vector<int> results;  ///< its layers whose values other rounds need, or the whole network's last one
};

/// Rounds are counted from 0. Without rounds, round 0 is the network itself.
RoundNetwork round_network(const Mapping& mapping, const Network& network, int round);

}  // namespace remask
