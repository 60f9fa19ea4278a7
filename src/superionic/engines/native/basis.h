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

// What one cutoff makes of x = r - bond_length: depth d = 1 - r/rc = d_0 - x/rc, and u = 2 d^2 - 1 as a polynomial of x.
struct Cutoff {
    Real inverse, depth, constant, linear, square;

    explicit Cutoff(double cutoff) {
        const double d = 1 - bond_length / cutoff;
        inverse = static_cast<Real>(1 / cutoff);
        depth = static_cast<Real>(d);
        constant = static_cast<Real>(2 * d * d - 1);
        linear = static_cast<Real>(-4 * d / cutoff);
        square = static_cast<Real>(2 / (cutoff * cutoff));
    }
};

// Unit vectors and cutoff functions of one block; row(i) is that of its neighbour i.
struct Distances {
    OverNeighbours x, y, z, inverse, depth, argument, sine, cosine;
};

template <class Rows>
inline Distances distances(Rows row, const Cutoff& cutoff) {
    using V = OverNeighbours;
    constexpr auto bond = static_cast<Real>(bond_length);
    Distances d;
    V excess;
    columns(row, d.x, d.y, d.z, excess);
    const V r = square_root<V>(excess + bond * bond);
    d.inverse = 1 / r;
    d.x *= d.inverse;
    d.y *= d.inverse;
    d.z *= d.inverse;
    V stretch = r - bond;
    if constexpr (is_single) {  // stiff bonds feel the roundings of the root and of its inverse
        stretch = excess / (r + bond);
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
    if (last >= 1) twice[least(1, last)] = u + u;
    UNROLL for (int k = 2; k <= last; ++k)
        twice[k] = twice[1] * twice[k - 1] - twice[k - 2];
}

// Sum over lanes of fc T_k / 2 for all k; with k = 0 added to each they are the sums of f_k.
inline void add_lanes(const OverNeighbours (&sum)[k_radial], Real* basis_sums) {
    constexpr int lanes = neighbour_lanes;
    OverNeighbours constant = {};
    UNROLL for (int first = 0; first < k_radial; first += lanes) {
        OverNeighbours tile[lanes];
        UNROLL for (int i = 0; i < lanes; ++i) tile[i] = first + i < k_radial ? sum[least(first + i, k_radial - 1)] : OverNeighbours{};
        const OverNeighbours total = lane_sums<1, OverNeighbours>(tile);
        if (first == 0) constant = splat<OverNeighbours>(total[0]);
        store(basis_sums + first, total + constant);
    }
    read_lanes_from_memory();
}

// q_n of all radial functions into around.descriptor.
inline void radial_descriptors(const Model& model, int type, Environment& around) {
    const Real4* row = around.row.data();
    const Cutoff cutoff(model.cutoff_radial);
    OverN q[n_radial_padded / n_lanes] = {};
    const std::uint32_t* number = around.radial_slot.data();
    for (int slot = 0; slot < around.radial_begin[n_types]; slot += neighbour_lanes, number += neighbour_lanes) {
        const Distances d = distances([=](int i) { return row[number[i]]; }, cutoff);
        around.radial_block[slot / neighbour_lanes] = {d.x, d.y, d.z, d.depth, d.argument, d.sine, d.cosine};
    }
    for (int t = 0; t < n_types; ++t) {
        if (around.radial_begin[t] == around.radial_begin[t + 1]) continue;
        OverNeighbours sum[k_radial] = {};  // of fc T_k / 2
        for (int slot = around.radial_begin[t]; slot < around.radial_begin[t + 1]; slot += neighbour_lanes) {
            const RadialBlock& d = around.radial_block[slot / neighbour_lanes];
            const OverNeighbours quarter_fc = d.sine * d.sine * Real(0.25);
            OverNeighbours twice[k_radial];
            chebyshev<k_radial - 1>(d.argument, twice);
            UNROLL for (int k = 0; k < k_radial; ++k) sum[k] += quarter_fc * twice[k];
        }
        add_lanes(sum, around.basis_sums);
        UNROLL for (int k = 0; k < k_radial; ++k)
            UNROLL for (int v = 0; v < n_radial_padded / n_lanes; ++v)
                q[v] += around.basis_sums[k] * load<OverN>(model.c_radial_by_k[type][t][k] + v * n_lanes);
    }
    UNROLL for (int v = 0; v < n_radial_padded / n_lanes; ++v) store_anywhere(around.descriptor + v * n_lanes, q[v]);
}

// b_k = sum_n (dU/dq_n) c_nk of one species, and k b_k, the coefficients of the derivative. Every function
// T_k + 1 brings a constant, so the first is b_0 plus the sum of all.
struct RadialSeries {
    alignas(64) Real value[k_radial_padded];
    alignas(64) Real slope[k_radial_padded];
};

inline RadialSeries radial_series(const Model& model, int type, int neighbour, const Environment& around) {
    RadialSeries series;
    UNROLL for (int v = 0; v < k_radial_padded / k_lanes; ++v) {
        OverK sum[2] = {};  // two, to hide the latency of the additions
        UNROLL for (int n = 0; n < n_radial; ++n)
            sum[n % 2] +=
                around.descriptor_adjoint[n] * load<OverK>(model.c_radial_by_n[type][neighbour][n] + v * k_lanes);
        store(series.value + v * k_lanes, sum[0] + sum[1]);
        store(series.slope + v * k_lanes, (sum[0] + sum[1]) * load<OverK>(model.order + v * k_lanes));
    }
    return series;
}

// Forces of the radial descriptors: dU_i/dr_ij = r^ sum_k b_k f_k'(r).
inline void radial_forces(const Model& model, int type, Environment& around) {
    const auto inverse_cutoff = static_cast<Real>(1 / model.cutoff_radial);
    Real4* edge_force = around.edge_force.data();
    RadialSeries all[n_types];
    for (int t = 0; t < n_types; ++t) all[t] = radial_series(model, type, t, around);
    for (int t = 0; t < n_types; ++t) {
        const RadialSeries& b = all[t];
        for (int slot = around.radial_begin[t]; slot < around.radial_begin[t + 1]; slot += neighbour_lanes) {
            const RadialBlock& d = around.radial_block[slot / neighbour_lanes];
            const OverNeighbours u = d.argument, twice_u = u + u;
            // Clenshaw sums of b_k T_k and of its derivative k b_k U_(k-1)
            OverNeighbours p1 = {}, p2 = {}, d1 = {}, d2 = {};
            UNROLL for (int k = k_radial - 1; k >= 1; --k) {
                const OverNeighbours p0 = twice_u * p1 + (b.value[k] - p2);
                const OverNeighbours d0 = twice_u * d1 + (b.slope[k] - d2);
                p2 = p1;
                p1 = p0;
                d2 = d1;
                d1 = d0;
            }
            const OverNeighbours series = u * p1 + (b.value[0] - p2);
            // d/dr of fc/2 is -(pi/2) sin cos / rc; of u it is -4 depth / rc
            const OverNeighbours slope =
                -inverse_cutoff * d.sine * (half_pi * d.cosine * series + 2 * d.sine * d.depth * d1);
            Real4 force[neighbour_lanes];
            rows(slope * d.x, slope * d.y, slope * d.z, force);
            for (int i = 0; i < neighbour_lanes; ++i) edge_force[around.radial_slot[slot + i]] = force[i];
        }
    }
}

}  // namespace superionic
