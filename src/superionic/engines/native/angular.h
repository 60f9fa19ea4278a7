// Angular descriptors of one atom, s_nlm = sum_j g_n(r_ij) Y_lm(r^_ij), and their forces.
#pragma once

#include "basis.h"
#include "harmonics.h"

namespace superionic {

constexpr int n_vectors = n_angular_padded / n_lanes;

// The first columns of as many rows of a (neighbour, series_padded) array as V has lanes, four columns at a time.
template <int count, class V>
inline void transpose(const Real* row, V (&column)[count]) {
    UNROLL for (int n = 0; n < count; n += 4) {
        const auto quarter = [=](int j) {
            Real4 part;
            std::memcpy(&part, row + j * series_padded + n, sizeof(part));
            return part;
        };
        columns(quarter, column[n], column[n + 1], column[n + 2], column[n + 3]);
    }
}

// The cutoff of a block's neighbours; of each where species have their own, since a block may hold several species.
struct AngularCutoffs {
    static constexpr int count = has_pair_cutoffs ? n_types : 1;
    Cutoff of_species[count];

    AngularCutoffs(const Model& model, int type) {
        for (int t = 0; t < count; ++t) of_species[t] = Cutoff(model.pair_cutoff[1][type][t]);
    }

    auto of_block(const Environment& env, int number) const {
        if constexpr (!has_pair_cutoffs) {
            return of_species[0];
        } else {
            Coefficients<VecNeighbours> block;
            int t = 0;
            for (int i = 0; i < neighbour_lanes; ++i) {
                while (t < n_types - 1 && number * neighbour_lanes + i >= env.angular_begin[t + 1]) ++t;
                block.inverse[i] = of_species[t].inverse;
                block.depth[i] = of_species[t].depth;
                block.constant[i] = of_species[t].constant;
                block.linear[i] = of_species[t].linear;
                block.square[i] = of_species[t].square;
            }
            return block;
        }
    }
};

// Envelope, argument and Y_lm of every neighbour, neighbours as lanes. In two loops, short enough for the processor to
// work on several blocks at once.
inline void angular_blocks(const Model& model, int type, Environment& env) {
    const AngularCutoffs cutoffs(model, type);
    const Real4* record = env.record.data();
    const int blocks = env.n_angular_blocks();
    for (int number = 0; number < blocks; ++number) {
        AngularBlock& block = env.angular_block[number];
        const std::uint32_t* slot = env.angular_slot.data() + number * neighbour_lanes;
        const auto cutoff = cutoffs.of_block(env, number);
        const Distances d = distances([=](int i) { return record[slot[i]]; }, cutoff);
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
        AngularBlock& block = env.angular_block[number];
        VecNeighbours twice[k_angular];
        chebyshev<k_angular - 1>(block.chebyshev[1], twice);
        UNROLL for (int k = 1; k < k_angular; ++k) block.chebyshev[k] = twice[k];
        fill_harmonics(block);
    }
    compiler_fence();
}

// G_n and dG_n/du of every neighbour side by side as lanes.
inline void angular_functions(const Model& model, int type, Environment& env) {
    constexpr int vectors = series_padded / full_lanes;
    for (int t = 0; t < n_types; ++t) {
        VecFull coefficient[k_angular][vectors];
        UNROLL for (int k = 0; k < k_angular; ++k)
            UNROLL for (int v = 0; v < vectors; ++v)
                coefficient[k][v] = load<VecFull>(model.angular_series[type][t][k] + v * full_lanes);
        for (int j = env.angular_begin[t]; j < env.angular_begin[t + 1]; ++j) {
            const Real* twice = reinterpret_cast<const Real*>(env.angular_block[j / neighbour_lanes].chebyshev) + j % neighbour_lanes;
            VecFull sum[vectors];
            UNROLL for (int v = 0; v < vectors; ++v) sum[v] = coefficient[0][v];
            UNROLL for (int k = 1; k < k_angular; ++k)
                UNROLL for (int v = 0; v < vectors; ++v) sum[v] += twice[k * neighbour_lanes] * coefficient[k][v];
            UNROLL for (int v = 0; v < vectors; ++v) store(env.series.data() + j * series_padded + v * full_lanes, sum[v]);
        }
    }
}

// s_nlm, n as lanes; as many harmonics at a time as the registers hold.
template <int first, int count>
inline void sum_harmonics(Environment& env, int v) {
    VecN sum[count] = {};
    for (int j = 0; j < env.angular_begin[n_types]; ++j) {
        const VecN g = load<VecN>(env.series.data() + j * series_padded + v * n_lanes);
        const auto& block = env.angular_block[j / neighbour_lanes];
        const Real* y = reinterpret_cast<const Real*>(block.harmonic) + j % neighbour_lanes;
        UNROLL for (int i = 0; i < count; ++i) sum[i] += g * y[(first + i) * neighbour_lanes];
    }
    UNROLL for (int i = 0; i < count; ++i) store(env.harmonics[first + i] + v * n_lanes, sum[i]);
}

template <int first = 0>
inline void sum_all_harmonics(Environment& env, int v) {
    constexpr int at_once = vector_bytes == 64 ? 24 : 12;
    if constexpr (first < n_harmonics) {
        sum_harmonics<first, std::min(at_once, n_harmonics - first)>(env, v);
        sum_all_harmonics<first + at_once>(env, v);
    }
}

// P_lm = sum_n (dU/ds_nlm) G_n, and sum_lm Q_lm h Y_lm where Q_lm is the same with dG_n/du.
struct Contracted {
    VecNeighbours p[n_harmonics];
    VecNeighbours radial;
};

inline Contracted contract(const Environment& env, int number) {
    VecNeighbours g[slope_position], g_slope[slope_position];
    const Real* series = env.series.data() + number * neighbour_lanes * series_padded;
    transpose(series, g);
    transpose(series + slope_position, g_slope);
    const AngularBlock& block = env.angular_block[number];
    Contracted result;
    result.radial = VecNeighbours{};
    for (int i = 0; i < n_harmonics; ++i) {
        const Real* adjoint = env.harmonics_adjoint[i];
        VecNeighbours sum = {}, sum_slope = {};
        UNROLL for (int n = 0; n < n_angular; ++n) {
            sum += adjoint[n] * g[n];
            sum_slope += adjoint[n] * g_slope[n];
        }
        result.p[i] = sum;
        result.radial += sum_slope * block.harmonic[i];
    }
    return result;
}

// dU_i/dr_ij of every neighbour: h grad Phi across the bond, h' Phi + u' sum_lm Q_lm h Y_lm along it.
inline void angular_forces(Environment& env) {
    const int blocks = env.n_angular_blocks();
    for (int number = 0; number < blocks; ++number) {
        const Contracted of = contract(env, number);
        const AngularBlock& block = env.angular_block[number];
        VecNeighbours x, y, z;
        const VecNeighbours phi = tangential_gradient(block, of.p, x, y, z);
        const VecNeighbours radial = block.argument_slope * of.radial + block.envelope_slope * phi;
        Real4 force[neighbour_lanes];
        rows(block.inverse_distance * x + radial * block.x, block.inverse_distance * y + radial * block.y,
             block.inverse_distance * z + radial * block.z, force);
        const std::uint32_t* slot = env.angular_slot.data() + number * neighbour_lanes;
        UNROLL for (int j = 0; j < neighbour_lanes; ++j) env.edge_force[slot[j]] += force[j];
    }
}

inline void angular_sums(const Model& model, int type, Environment& env) {
    angular_blocks(model, type, env);
    angular_functions(model, type, env);
    UNROLL for (int v = 0; v < n_vectors; ++v) sum_all_harmonics(env, v);
}

}  // namespace superionic
