// Angular descriptors of one atom, s_nlm = sum_j g_n(r_ij) Y_lm(r^_ij), and their forces.
#pragma once

#include "basis.h"
#include "harmonics.h"

namespace superionic {

constexpr int n_vectors = n_angular_padded / n_lanes;

// Columns of neighbour_lanes rows of a (neighbour, n_angular_padded) array.
inline void turn(const Real* row, OverNeighbours* column) {
    OverNeighbours tile[neighbour_lanes];
    UNROLL for (int j = 0; j < neighbour_lanes; ++j) std::memcpy(&tile[j], row + j * n_angular_padded, sizeof(tile[j]));
    transpose<1, OverNeighbours>(tile);
    UNROLL for (int j = 0; j < neighbour_lanes; ++j) column[j] = tile[j];
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

// G_n and dG_n/du of every neighbour, n as lanes.
inline void angular_functions(const Model& model, int type, Environment& around) {
    for (int t = 0; t < n_types; ++t) {
        UNROLL for (int v = 0; v < n_vectors; ++v) {
            OverN value[k_angular], slope[k_angular];
            UNROLL for (int k = 0; k < k_angular; ++k) {
                value[k] = load<OverN>(model.angular_value[type][t][k] + v * n_lanes);
                slope[k] = load<OverN>(model.angular_slope[type][t][k] + v * n_lanes);
            }
            for (int j = around.angular_begin[t]; j < around.angular_begin[t + 1]; ++j) {
                const Real* twice = reinterpret_cast<const Real*>(around.angular_block[j / neighbour_lanes].chebyshev) + j % neighbour_lanes;
                OverN g = value[0], g_slope = slope[0];
                UNROLL for (int k = 1; k < k_angular; ++k) {
                    const OverN t_k = splat<OverN>(twice[k * neighbour_lanes]);
                    g += t_k * value[k];
                    if (k < k_angular - 1) g_slope += t_k * slope[k];
                }
                store(around.series.data() + j * n_angular_padded + v * n_lanes, g);
                store(around.series_slope.data() + j * n_angular_padded + v * n_lanes, g_slope);
            }
        }
    }
}

// s_nlm, n as lanes; as many harmonics at a time as the registers hold.
template <int first, int count>
inline void sum_harmonics(Environment& around, int v) {
    OverN sum[count] = {};
    for (int j = 0; j < around.angular_begin[n_types]; ++j) {
        const OverN g = load<OverN>(around.series.data() + j * n_angular_padded + v * n_lanes);
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

// P_lm = sum_n (dU/ds_nlm) g_n and Q_lm = sum_n (dU/ds_nlm) dg_n/dr of one block of neighbours, then
// dU_i/dr_ij = sum_lm P_lm grad Y_lm + r^ Q_lm Y_lm, neighbours as lanes.
inline void angular_forces_of_block(Environment& around, int number) {
    constexpr int tiles = whole(n_angular, neighbour_lanes) / neighbour_lanes;
    const AngularBlock& block = around.angular_block[number];
    OverNeighbours g[tiles * neighbour_lanes], g_slope[tiles * neighbour_lanes];
    const Real* from = around.series.data() + number * neighbour_lanes * n_angular_padded;
    const Real* from_slope = around.series_slope.data() + number * neighbour_lanes * n_angular_padded;
    UNROLL for (int tile = 0; tile < tiles; ++tile) {
        turn(from + tile * neighbour_lanes, g + tile * neighbour_lanes);
        turn(from_slope + tile * neighbour_lanes, g_slope + tile * neighbour_lanes);
    }
    OverNeighbours p[n_harmonics], radial = {};
    for (int i = 0; i < n_harmonics; ++i) {
        const Real* adjoint = around.harmonics_adjoint[i];
        OverNeighbours sum = {}, sum_slope = {};
        UNROLL for (int n = 0; n < n_angular; ++n) {
            sum += adjoint[n] * g[n];
            sum_slope += adjoint[n] * g_slope[n];
        }
        p[i] = sum;
        radial += sum_slope * block.harmonic[i];
    }
    OverNeighbours x, y, z;
    const OverNeighbours phi = tangential_gradient(block, p, x, y, z);
    radial = block.argument_slope * radial + block.envelope_slope * phi;
    Real4 force[neighbour_lanes];
    rows(block.inverse_distance * x + radial * block.x, block.inverse_distance * y + radial * block.y,
         block.inverse_distance * z + radial * block.z, force);
    const int first = number * neighbour_lanes;
    const int last = least(first + neighbour_lanes, around.angular_begin[n_types]);
    for (int j = first; j < last; ++j) around.edge_force[around.angular_slot[j]] += force[j - first];
}

inline void angular_sums(const Model& model, int type, Environment& around) {
    angular_blocks(model, around);
    angular_functions(model, type, around);
    UNROLL for (int v = 0; v < n_vectors; ++v) sum_all_harmonics(around, v);
}

inline void angular_forces(Environment& around) {
    for (int number = 0; number < around.n_angular_blocks(); ++number) angular_forces_of_block(around, number);
}

}  // namespace superionic
