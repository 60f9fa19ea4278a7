// Angular descriptors of one atom, s_nlm = sum_j g_n(r_ij) Y_lm(r^_ij), and their forces.
#pragma once

#include "basis.h"
#include "harmonics.h"

namespace superionic {

constexpr int n_vectors = n_angular_padded / n_lanes;

// The first columns of as many rows of a (neighbour, series_padded) array as V has lanes, four columns at a time.
template <int wanted, class V>
inline void turn(const Real* row, V (&column)[wanted]) {
    UNROLL for (int n = 0; n < wanted; n += 4) {
        const auto quarter = [=](int j) {
            Real4 part;
            std::memcpy(&part, row + j * series_padded + n, sizeof(part));
            return part;
        };
        columns(quarter, column[n], column[n + 1], column[n + 2], column[n + 3]);
    }
}

// Envelope, argument and Y_lm of every neighbour, neighbours as lanes. In two loops, short enough for the processor to
// work on several blocks at once.
inline void angular_blocks(const Model& model, Environment& around) {
    const Cutoff cutoff(model.cutoff_angular);
    const Real4* row = around.row.data();
    const int blocks = around.n_angular_blocks();
    for (int number = 0; number < blocks; ++number) {
        AngularBlock& block = around.angular_block[number];
        const std::uint32_t* slot = around.angular_slot.data() + number * neighbour_lanes;
        const auto d = distances<OverNeighbours>([=](int i) { return row[slot[i]]; }, cutoff);
        block.x = d.x;
        block.y = d.y;
        block.z = d.z;
        block.inverse_distance = d.inverse;
        block.envelope = d.sine * d.sine * Real(0.5);
        block.envelope_slope = d.sine * d.cosine * (-half_pi * cutoff.inverse);
        block.argument_slope = d.depth * (-4 * cutoff.inverse);
        block.chebyshev[1] = d.argument;
    }
    for (int number = 0; number < blocks; ++number) {
        AngularBlock& block = around.angular_block[number];
        OverNeighbours twice[k_angular];
        chebyshev<k_angular - 1>(block.chebyshev[1], twice);
        UNROLL for (int k = 1; k < k_angular; ++k) block.chebyshev[k] = twice[k];
        fill_harmonics(block);
    }
    read_lanes_from_memory();
}

// G_n and dG_n/du of every neighbour side by side as lanes: whole vectors first, then what is left.
template <int first = 0>
inline void angular_functions(const Model& model, int type, Environment& around) {
    if constexpr (first < series_padded) {
        using V = Vector<Real, series_padded - first >= full_lanes ? full_lanes : neighbour_lanes>;
        for (int t = 0; t < n_types; ++t) {
            V coefficient[k_angular];
            UNROLL for (int k = 0; k < k_angular; ++k) coefficient[k] = load<V>(model.angular_series[type][t][k] + first);
            for (int j = around.angular_begin[t]; j < around.angular_begin[t + 1]; ++j) {
                const Real* twice = reinterpret_cast<const Real*>(around.angular_block[j / neighbour_lanes].chebyshev) + j % neighbour_lanes;
                V sum = coefficient[0];
                UNROLL for (int k = 1; k < k_angular; ++k) sum += twice[k * neighbour_lanes] * coefficient[k];
                store_anywhere(around.series.data() + j * series_padded + first, sum);
            }
        }
        angular_functions<first + lanes_of<V>>(model, type, around);
    }
}

// s_nlm, n as lanes; as many harmonics at a time as the registers hold.
template <int first, int count>
inline void sum_harmonics(Environment& around, int v) {
    OverN sum[count] = {};
    for (int j = 0; j < around.angular_begin[n_types]; ++j) {
        const OverN g = load_anywhere<OverN>(around.series.data() + j * series_padded + v * n_lanes);
        const auto& block = around.angular_block[j / neighbour_lanes];
        const Real* y = reinterpret_cast<const Real*>(block.harmonic) + j % neighbour_lanes;
        UNROLL for (int i = 0; i < count; ++i) sum[i] += g * y[(first + i) * neighbour_lanes];
    }
    UNROLL for (int i = 0; i < count; ++i) store(around.harmonics[first + i] + v * n_lanes, sum[i]);
}

template <int first = 0>
inline void sum_all_harmonics(Environment& around, int v) {
    constexpr int at_once = vector_bytes == 64 ? 24 : 12;
    if constexpr (first < n_harmonics) {
        sum_harmonics<first, least(at_once, n_harmonics - first)>(around, v);
        sum_all_harmonics<first + at_once>(around, v);
    }
}

// P_lm = sum_n (dU/ds_nlm) G_n, and sum_lm Q_lm h Y_lm where Q_lm is the same with dG_n/du; neighbours as lanes.
template <class V>
struct Contracted {
    V p[n_harmonics];
    V along;
};

// h Y_lm number i of as many neighbours as V has lanes.
template <class V>
inline V harmonic(const AngularBlock* block, int i) {
    if constexpr (lanes_of<V> == neighbour_lanes)
        return block->harmonic[i];
    else
        return side_by_side<V>(block[0].harmonic[i], block[1].harmonic[i], std::make_integer_sequence<int, lanes_of<V>>{});
}

template <class V>
inline Contracted<V> contract(const Environment& around, int number) {
    V g[whole(n_angular, 4)], g_slope[whole(n_angular, 4)];
    const Real* series = around.series.data() + number * neighbour_lanes * series_padded;
    turn(series, g);
    turn(series + n_angular, g_slope);
    const AngularBlock* block = around.angular_block.data() + number;
    Contracted<V> result;
    result.along = V{};
    for (int i = 0; i < n_harmonics; ++i) {
        const Real* adjoint = around.harmonics_adjoint[i];
        V sum = {}, sum_slope = {};
        UNROLL for (int n = 0; n < n_angular; ++n) {
            sum += adjoint[n] * g[n];
            sum_slope += adjoint[n] * g_slope[n];
        }
        result.p[i] = sum;
        result.along += sum_slope * harmonic<V>(block, i);
    }
    return result;
}

// dU_i/dr_ij of the blocks in `of`: h grad Phi across the bond, h' Phi + u' sum_lm Q_lm h Y_lm along it.
template <class V>
inline void push(Environment& around, int first, const Contracted<V>& of) {
    for (int number = first; number < first + lanes_of<V> / neighbour_lanes; ++number) {
        const AngularBlock& block = around.angular_block[number];
        const int lane = (number - first) * neighbour_lanes;
        OverNeighbours p[n_harmonics], x, y, z;
        UNROLL for (int i = 0; i < n_harmonics; ++i) p[i] = part(of.p[i], lane);
        const OverNeighbours phi = tangential_gradient(block, p, x, y, z);
        const OverNeighbours along = block.argument_slope * part(of.along, lane) + block.envelope_slope * phi;
        Real4 force[neighbour_lanes];
        rows(block.inverse_distance * x + along * block.x, block.inverse_distance * y + along * block.y,
             block.inverse_distance * z + along * block.z, force);
        const std::uint32_t* slot = around.angular_slot.data() + number * neighbour_lanes;
        UNROLL for (int j = 0; j < neighbour_lanes; ++j) around.edge_force[slot[j]] += force[j];
    }
}

// Two blocks at a time as long as there are two: half the instructions.
inline void angular_forces(Environment& around) {
    constexpr int together = wide_lanes / neighbour_lanes;
    const int blocks = around.n_angular_blocks();
    int number = 0;
    for (; number + together <= blocks; number += together) push(around, number, contract<OverWide>(around, number));
    for (; number < blocks; ++number) push(around, number, contract<OverNeighbours>(around, number));
}

inline void angular_sums(const Model& model, int type, Environment& around) {
    angular_blocks(model, around);
    angular_functions(model, type, around);
    UNROLL for (int v = 0; v < n_vectors; ++v) sum_all_harmonics(around, v);
}


}  // namespace superionic
