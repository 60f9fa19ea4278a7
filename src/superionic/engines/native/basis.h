// Radial basis f_k(r) = (T_k(u) + 1) fc / 2, u = 2 (1 - r/rc)^2 - 1, fc = (1 + cos(pi r/rc)) / 2, and the
// radial descriptors q_n = sum_jk c_nk f_k(r_ij).
//
// With depth d = 1 - r/rc: fc = sin^2(pi d/2), which keeps its relative accuracy at the cutoff, and u = 2 d^2 - 1.
// The Chebyshev series are summed directly, with neighbours as lanes: no table, nothing interpolated, and
// the forces are the derivative of the energy to rounding.
#pragma once

#include "environment.h"

namespace superionic {

constexpr Real half_pi = static_cast<Real>(1.57079632679489661923);

// Coefficients that turn x = r - reference_length into depth d = 1 - r/rc = d_0 - x/rc and u = 2 d^2 - 1.
template <class T>
struct Coefficients {
    T inverse, depth, constant, linear, square;
};

// Those of one cutoff.
struct Cutoff : Coefficients<Real> {
    Cutoff() = default;

    explicit Cutoff(double cutoff) {
        const double d = 1 - reference_length / cutoff;
        inverse = static_cast<Real>(1 / cutoff);
        depth = static_cast<Real>(d);
        constant = static_cast<Real>(2 * d * d - 1);
        linear = static_cast<Real>(-4 * d / cutoff);
        square = static_cast<Real>(2 / (cutoff * cutoff));
    }
};

// Unit vectors and cutoff functions of one block; record(i) is that of its neighbour i.
struct Distances {
    VecNeighbours x, y, z, inverse, depth, argument, sine, cosine;
};

template <class Records, class T>
inline Distances distances(Records record, const Coefficients<T>& cutoff) {
    using V = VecNeighbours;
    constexpr auto reference = static_cast<Real>(reference_length);
    Distances d;
    V shifted;
    columns(record, d.x, d.y, d.z, shifted);
    const V r = square_root<V>(shifted + reference * reference);
    d.inverse = 1 / r;
    d.x *= d.inverse;
    d.y *= d.inverse;
    d.z *= d.inverse;
    V stretch = r - reference;
    if constexpr (is_single) {  // stiff bonds feel the roundings of the root and of its inverse
        stretch = shifted / (r + reference);
        const V nearly_one = d.x * d.x + d.y * d.y + d.z * d.z;
        const V normalised = Real(1.5) - Real(0.5) * nearly_one;
        d.x *= normalised;
        d.y *= normalised;
        d.z *= normalised;
    }
    d.depth = cutoff.depth - stretch * cutoff.inverse;
    d.argument = (cutoff.square * stretch + cutoff.linear) * stretch + cutoff.constant;
    sine_cosine<V>(d.depth * half_pi, d.sine, d.cosine);
    return d;
}

// 2 T_k(u) for k up to `last`.
template <int last, class V>
inline void chebyshev(V u, V (&twice)[last + 1]) {
    twice[0] = splat<V>(2);
    if (last >= 1) twice[std::min(1, last)] = u + u;
    UNROLL for (int k = 2; k <= last; ++k)
        twice[k] = twice[1] * twice[k - 1] - twice[k - 2];
}

// Sum over lanes of fc T_k / 2 for all k; with k = 0 added to each they are the sums of f_k.
inline void add_lanes(const VecNeighbours (&sum)[k_radial], Real* basis_sums) {
    constexpr int lanes = neighbour_lanes;
    VecNeighbours constant = {};
    UNROLL for (int first = 0; first < k_radial; first += lanes) {
        VecNeighbours tile[lanes];
        UNROLL for (int i = 0; i < lanes; ++i) tile[i] = first + i < k_radial ? sum[std::min(first + i, k_radial - 1)] : VecNeighbours{};
        const VecNeighbours total = lane_sums<1, VecNeighbours>(tile);
        if (first == 0) constant = splat<VecNeighbours>(total[0]);
        store(basis_sums + first, total + constant);
    }
    compiler_fence();
}

// q_n of all radial functions into env.descriptor.
inline void radial_descriptors(const Model& model, int type, Environment& env) {
    const Real4* record = env.record.data();
    VecN q[n_radial_padded / n_lanes] = {};
    const std::uint32_t* number = env.radial_slot.data();
    constexpr int sections = has_pair_cutoffs ? n_types : 1;  // of slots with the same cutoff
    for (int t = 0, slot = 0; t < sections; ++t) {
        const Cutoff cutoff(model.pair_cutoff[0][type][t]);
        const int end = env.radial_begin[has_pair_cutoffs ? t + 1 : n_types];
        for (; slot < end; slot += neighbour_lanes, number += neighbour_lanes) {
            const Distances d = distances([=](int i) { return record[number[i]]; }, cutoff);
            env.radial_block[slot / neighbour_lanes] = {d.x, d.y, d.z, d.depth, d.argument, d.sine, d.cosine};
        }
    }
    for (int t = 0; t < n_types; ++t) {
        if (env.radial_begin[t] == env.radial_begin[t + 1]) continue;
        VecNeighbours sum[k_radial] = {};  // of fc T_k / 2
        for (int slot = env.radial_begin[t]; slot < env.radial_begin[t + 1]; slot += neighbour_lanes) {
            const RadialBlock& d = env.radial_block[slot / neighbour_lanes];
            const VecNeighbours quarter_fc = d.sine * d.sine * Real(0.25);
            VecNeighbours twice[k_radial];
            chebyshev<k_radial - 1>(d.argument, twice);
            UNROLL for (int k = 0; k < k_radial; ++k) sum[k] += quarter_fc * twice[k];
        }
        add_lanes(sum, env.basis_sums);
        UNROLL for (int k = 0; k < k_radial; ++k)
            UNROLL for (int v = 0; v < n_radial_padded / n_lanes; ++v)
                q[v] += env.basis_sums[k] * load<VecN>(model.c_radial_by_k[type][t][k] + v * n_lanes);
    }
    UNROLL for (int v = 0; v < n_radial_padded / n_lanes; ++v) store_anywhere(env.descriptor + v * n_lanes, q[v]);
}

// b_k = sum_n (dU/dq_n) c_nk of one species, and k b_k, the coefficients of the derivative. Every function
// T_k + 1 brings a constant, so the first is b_0 plus the sum of all.
struct RadialSeries {
    alignas(64) Real value[k_radial_padded];
    alignas(64) Real slope[k_radial_padded];
};

inline RadialSeries radial_series(const Model& model, int type, int neighbour, const Environment& env) {
    RadialSeries series;
    UNROLL for (int v = 0; v < k_radial_padded / k_lanes; ++v) {
        VecK sum[2] = {};  // two, to hide the latency of the additions
        UNROLL for (int n = 0; n < n_radial; ++n)
            sum[n % 2] +=
                env.descriptor_adjoint[n] * load<VecK>(model.c_radial_by_n[type][neighbour][n] + v * k_lanes);
        store(series.value + v * k_lanes, sum[0] + sum[1]);
        store(series.slope + v * k_lanes, (sum[0] + sum[1]) * load<VecK>(model.order + v * k_lanes));
    }
    return series;
}

// Forces of the radial descriptors: dU_i/dr_ij = r^ sum_k b_k f_k'(r).
inline void radial_forces(const Model& model, int type, Environment& env) {
    Real4* edge_force = env.edge_force.data();
    RadialSeries all[n_types];
    for (int t = 0; t < n_types; ++t) all[t] = radial_series(model, type, t, env);
    for (int t = 0; t < n_types; ++t) {
        const RadialSeries& b = all[t];
        const auto inverse_cutoff = static_cast<Real>(1 / model.pair_cutoff[0][type][t]);
        for (int slot = env.radial_begin[t]; slot < env.radial_begin[t + 1]; slot += neighbour_lanes) {
            const RadialBlock& d = env.radial_block[slot / neighbour_lanes];
            const VecNeighbours u = d.argument, twice_u = u + u;
            // Clenshaw sums of b_k T_k and of its derivative k b_k U_(k-1)
            VecNeighbours p1 = {}, p2 = {}, d1 = {}, d2 = {};
            UNROLL for (int k = k_radial - 1; k >= 1; --k) {
                const VecNeighbours p0 = twice_u * p1 + (b.value[k] - p2);
                const VecNeighbours d0 = twice_u * d1 + (b.slope[k] - d2);
                p2 = p1;
                p1 = p0;
                d2 = d1;
                d1 = d0;
            }
            const VecNeighbours series = u * p1 + (b.value[0] - p2);
            // d/dr of fc/2 is -(pi/2) sin cos / rc; of u it is -4 depth / rc
            const VecNeighbours slope =
                -inverse_cutoff * d.sine * (half_pi * d.cosine * series + 2 * d.sine * d.depth * d1);
            Real4 force[neighbour_lanes];
            rows(slope * d.x, slope * d.y, slope * d.z, force);
            for (int i = 0; i < neighbour_lanes; ++i) edge_force[env.radial_slot[slot + i]] = force[i];
        }
    }
}

}  // namespace superionic
