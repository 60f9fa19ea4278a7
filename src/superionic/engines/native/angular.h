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
        const Distances d = distances([=](int i) { return row[slot[i]]; }, cutoff);
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

// G_n and dG_n/du of every neighbour side by side as lanes.
inline void angular_functions(const Model& model, int type, Environment& around) {
    constexpr int vectors = series_padded / full_lanes;
    for (int t = 0; t < n_types; ++t) {
        OverAll coefficient[k_angular][vectors];
        UNROLL for (int k = 0; k < k_angular; ++k)
            UNROLL for (int v = 0; v < vectors; ++v)
                coefficient[k][v] = load<OverAll>(model.angular_series[type][t][k] + v * full_lanes);
        for (int j = around.angular_begin[t]; j < around.angular_begin[t + 1]; ++j) {
            const Real* twice = reinterpret_cast<const Real*>(around.angular_block[j / neighbour_lanes].chebyshev) + j % neighbour_lanes;
            OverAll sum[vectors];
            UNROLL for (int v = 0; v < vectors; ++v) sum[v] = coefficient[0][v];
            UNROLL for (int k = 1; k < k_angular; ++k)
                UNROLL for (int v = 0; v < vectors; ++v) sum[v] += twice[k * neighbour_lanes] * coefficient[k][v];
            UNROLL for (int v = 0; v < vectors; ++v) store(around.series.data() + j * series_padded + v * full_lanes, sum[v]);
        }
    }
}

// s_nlm, n as lanes; as many harmonics at a time as the registers hold.
template <int first, int count>
inline void sum_harmonics(Environment& around, int v) {
    OverN sum[count] = {};
    for (int j = 0; j < around.angular_begin[n_types]; ++j) {
        const OverN g = load<OverN>(around.series.data() + j * series_padded + v * n_lanes);
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

// P_lm = sum_n (dU/ds_nlm) G_n, and sum_lm Q_lm h Y_lm where Q_lm is the same with dG_n/du.
struct Contracted {
    OverNeighbours p[n_harmonics];
    OverNeighbours along;
};

inline Contracted contract(const Environment& around, int number) {
    OverNeighbours g[slope_position], g_slope[slope_position];
    const Real* series = around.series.data() + number * neighbour_lanes * series_padded;
    turn(series, g);
    turn(series + slope_position, g_slope);
    const AngularBlock& block = around.angular_block[number];
    Contracted result;
    result.along = OverNeighbours{};
    for (int i = 0; i < n_harmonics; ++i) {
        const Real* adjoint = around.harmonics_adjoint[i];
        OverNeighbours sum = {}, sum_slope = {};
        UNROLL for (int n = 0; n < n_angular; ++n) {
            sum += adjoint[n] * g[n];
            sum_slope += adjoint[n] * g_slope[n];
        }
        result.p[i] = sum;
        result.along += sum_slope * block.harmonic[i];
    }
    return result;
}

// dU_i/dr_ij of every neighbour: h grad Phi across the bond, h' Phi + u' sum_lm Q_lm h Y_lm along it.
inline void angular_forces(Environment& around) {
    const int blocks = around.n_angular_blocks();
    for (int number = 0; number < blocks; ++number) {
        const Contracted of = contract(around, number);
        const AngularBlock& block = around.angular_block[number];
        OverNeighbours x, y, z;
        const OverNeighbours phi = tangential_gradient(block, of.p, x, y, z);
        const OverNeighbours along = block.argument_slope * of.along + block.envelope_slope * phi;
        Real4 force[neighbour_lanes];
        rows(block.inverse_distance * x + along * block.x, block.inverse_distance * y + along * block.y,
             block.inverse_distance * z + along * block.z, force);
        const std::uint32_t* slot = around.angular_slot.data() + number * neighbour_lanes;
        UNROLL for (int j = 0; j < neighbour_lanes; ++j) around.edge_force[slot[j]] += force[j];
    }
}

inline void angular_sums(const Model& model, int type, Environment& around) {
    angular_blocks(model, around);
    angular_functions(model, type, around);
    UNROLL for (int v = 0; v < n_vectors; ++v) sum_all_harmonics(around, v);
}

}  // namespace superionic
