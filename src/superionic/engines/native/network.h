// The network of one atom, U_i = sum_v w1_v tanh(sum_d w0_vd q_d - b0_v) - b1, and dU/dq.
#pragma once

#include "environment.h"

namespace superionic {

constexpr int neuron_vectors = neurons_padded / neuron_lanes;

// dU/dq of the `count` descriptors from position `first` on, as many at a time as a neuron vector has lanes.
template <int count>
inline void network_adjoints(const Model& model, int type, const OverNeurons* slope, int first, Environment& around) {
    UNROLL for (int begin = 0; begin < count; begin += neuron_lanes) {
        OverNeurons tile[neuron_lanes] = {};
        UNROLL for (int i = 0; i < least(neuron_lanes, count - begin); ++i)
            UNROLL for (int v = 0; v < neuron_vectors; ++v)
                tile[i] += slope[v] * load<OverNeurons>(model.w0[type][first + begin + i] + v * neuron_lanes);
        const OverNeurons adjoint = lane_sums<1, OverNeurons>(tile);
        std::memcpy(around.descriptor_adjoint + first + begin, &adjoint,
                    least(neuron_lanes, count - begin) * sizeof(Real));
    }
}

// Returns U_i; leaves dU/dq in around.descriptor_adjoint. Forward and backward read the same rows of weights, so
// that those of one species stay in the first-level cache from atom to atom.
inline double network(const Model& model, int type, Environment& around) {
    constexpr int partial = neuron_vectors <= 2 ? 4 : 2;  // independent sums, to hide the latency of the additions
    OverNeurons sum[partial][neuron_vectors] = {};
    const auto add = [&](int d, int part) {
        UNROLL for (int v = 0; v < neuron_vectors; ++v)
            sum[part][v] += around.descriptor[d] * load<OverNeurons>(model.w0[type][d] + v * neuron_lanes);
    };
    UNROLL for (int n = 0; n < n_radial; ++n) add(n, n % partial);
    for (int row = 0; row < angular_rows; ++row)
        UNROLL for (int n = 0; n < n_angular; ++n) add(angular_position(row) + n, n % partial);

    OverNeurons slope[neuron_vectors], energy = {};
    UNROLL for (int v = 0; v < neuron_vectors; ++v) {
        OverNeurons input = sum[0][v];
        UNROLL for (int part = 1; part < partial; ++part) input += sum[part][v];
        const OverNeurons h = hyperbolic_tangent<OverNeurons>(input - load<OverNeurons>(model.b0[type] + v * neuron_lanes));
        const OverNeurons w1 = load<OverNeurons>(model.w1[type] + v * neuron_lanes);
        energy += w1 * h;
        slope[v] = w1 * (1 - h * h);
    }
    network_adjoints<n_radial>(model, type, slope, 0, around);
    for (int row = 0; row < angular_rows; ++row)
        network_adjoints<n_angular>(model, type, slope, angular_position(row), around);
    double total = -model.b1;
    for (int i = 0; i < neuron_lanes; ++i) total += energy[i];
    return total;
}

}  // namespace superionic
