// The network of one atom, U_i = sum_v w1_v tanh(sum_d w0_vd q_d - b0_v) - b1, and dU/dq.
#pragma once

#include "environment.h"

namespace superionic {

// Returns U_i; leaves dU/dq in env.descriptor_adjoint. Forward and backward read the same rows of weights, lanes =
// descriptors, so that those of one species stay in the first-level cache from atom to atom.
inline double network(const Model& model, int type, Environment& env) {
    constexpr int vectors = descriptors_padded / full_lanes;
    const auto weights = [&](int neuron, int v) { return load<VecFull>(model.w0[type][neuron] + v * full_lanes); };
    VecFull q[vectors], energy = {};
    UNROLL for (int v = 0; v < vectors; ++v) q[v] = load<VecFull>(env.descriptor + v * full_lanes);
    alignas(64) Real slope[neurons_padded];  // dU_i/d(input of a neuron)
    for (int first = 0; first < neurons_padded; first += full_lanes) {
        VecFull sum[full_lanes];
        UNROLL for (int i = 0; i < full_lanes; ++i) {
            sum[i] = q[0] * weights(first + i, 0);
            UNROLL for (int v = 1; v < vectors; ++v) sum[i] += q[v] * weights(first + i, v);
        }
        const VecFull input = lane_sums<1, VecFull>(sum) - load<VecFull>(model.b0[type] + first);
        const VecFull h = hyperbolic_tangent<VecFull>(input), w1 = load<VecFull>(model.w1[type] + first);
        energy += w1 * h;
        store(slope + first, w1 * (1 - h * h));
    }
    compiler_fence();
    VecFull adjoint[vectors] = {};
    for (int neuron = 0; neuron < n_neurons; ++neuron)
        UNROLL for (int v = 0; v < vectors; ++v) adjoint[v] += slope[neuron] * weights(neuron, v);
    UNROLL for (int v = 0; v < vectors; ++v) store(env.descriptor_adjoint + v * full_lanes, adjoint[v]);
    double total = -model.b1;
    for (int i = 0; i < full_lanes; ++i) total += energy[i];
    return total;
}

}  // namespace superionic
