// The network of one atom, U_i = sum_v w1_v tanh(sum_d w0_vd q_d - b0_v) - b1, and dU/dq.
#pragma once

#include "environment.h"

namespace superionic {

// Returns U_i; leaves dU/dq in around.descriptor_adjoint.
inline double network(const Model& model, int type, Environment& around) {
    constexpr int vectors = neurons_padded / neuron_lanes;
    constexpr int partial = vectors <= 2 ? 4 : 2;  // independent sums, to hide the latency of the additions
    OverNeurons sum[partial][vectors] = {};
    constexpr int whole_rounds = n_descriptors / partial * partial;
    const auto add = [&](int d, int part) {
        const Real q = around.descriptor[padded_position(d)];
        UNROLL for (int v = 0; v < vectors; ++v)
            sum[part][v] += q * load<OverNeurons>(model.w0_by_descriptor[type][d] + v * neuron_lanes);
    };
    for (int d = 0; d < whole_rounds; d += partial)
        UNROLL for (int part = 0; part < partial; ++part) add(d + part, part);
    for (int d = whole_rounds; d < n_descriptors; ++d) add(d, 0);

    alignas(64) Real slope[neurons_padded];
    OverNeurons energy = {};
    UNROLL for (int v = 0; v < vectors; ++v) {
        OverNeurons input = sum[0][v];
        UNROLL for (int part = 1; part < partial; ++part) input += sum[part][v];
        const OverNeurons h = hyperbolic_tangent<OverNeurons>(input - load<OverNeurons>(model.b0[type] + v * neuron_lanes));
        const OverNeurons w1 = load<OverNeurons>(model.w1[type] + v * neuron_lanes);
        energy += w1 * h;
        store(slope + v * neuron_lanes, w1 * (1 - h * h));
    }

    constexpr int width = descriptors_padded / n_lanes;
    constexpr int at_once = least(width, 12);
    UNROLL for (int first = 0; first < width; first += at_once) {
        OverN adjoint[at_once] = {};
        for (int neuron = 0; neuron < n_neurons; ++neuron)
            UNROLL for (int i = 0; i < at_once; ++i)
                if (first + i < width)
                    adjoint[i] += slope[neuron] * load<OverN>(model.w0_by_neuron[type][neuron] + (first + i) * n_lanes);
        UNROLL for (int i = 0; i < at_once; ++i)
            if (first + i < width) store(around.descriptor_adjoint + (first + i) * n_lanes, adjoint[i]);
    }
    double total = -model.b1;
    for (int i = 0; i < neuron_lanes; ++i) total += energy[i];
    return total;
}

}  // namespace superionic
