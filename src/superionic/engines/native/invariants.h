// Rotational invariants of s_nlm: the angular rows of the descriptor, and their adjoints from dU/dq.
// Lanes = n throughout.
#pragma once

#include "environment.h"
#include "harmonics.h"

namespace superionic {

// The cubic invariant of l = 2, sum over (2 2 2; m1 m2 m3) s s s with a Wigner 3j symbol. In terms of the
// traceless tensor M_ab = sum_j g (x_a x_b - d_ab/3) it is -sqrt(2/35) (5/4pi)^(3/2) (27/2) det M.
constexpr double four_body_factor = -0.23904572186687872 * 0.25098063309714314 * 13.5;

// The quartic invariant of l = 1, (7/15) (sum_m s_m^2)^2 with normalised harmonics; 7/15 is the sum over L of
// the squared symbols (1 1 L; 0 0 0).
constexpr double five_body_factor = 7.0 / 15.0;

struct Quadrupole {
    VecN xx, yy, zz, xy, xz, yz;

    explicit Quadrupole(const Environment& env, int v) {
        const auto s = [&](int m, bool sine) {
            return load<VecN>(env.harmonics[harmonic_index(2, m, sine)] + v * n_lanes);
        };
        // A_20 = (3zz - 1)/2, A_21 = 3z, A_22 = 3
        const Real third = Real(1.0 / 3), sixth = Real(1.0 / 6);
        zz = 2 * third * s(0, false);
        xx = sixth * s(2, false) - third * s(0, false);
        yy = -sixth * s(2, false) - third * s(0, false);
        xy = sixth * s(2, true);
        xz = third * s(1, false);
        yz = third * s(1, true);
    }

    Quadrupole cofactors() const {
        Quadrupole c = *this;
        c.xx = yy * zz - yz * yz;
        c.yy = xx * zz - xz * xz;
        c.zz = xx * yy - xy * xy;
        c.xy = xz * yz - xy * zz;
        c.xz = xy * yz - xz * yy;
        c.yz = xy * xz - yz * xx;
        return c;
    }
};

inline Real* angular_row(Real* descriptor, int row) { return descriptor + angular_position(row); }

// sum_m of the weighted squares of s_nlm.
inline VecN power(const Environment& env, int l, int v) {
    VecN sum = {};
    UNROLL for (int i = harmonic_index(l, 0, false); i < harmonic_index(l + 1, 0, false); ++i) {
        const VecN s = load<VecN>(env.harmonics[i] + v * n_lanes);
        sum += harmonic_weights.of[i] * s * s;
    }
    return sum;
}

inline void angular_descriptors(Environment& env, int v) {
    VecN dipole = {};
    UNROLL for (int l = 1; l <= l_max; ++l) {
        const VecN q = power(env, l, v);
        if (l == 1) dipole = q;
        store_anywhere(angular_row(env.descriptor, l - 1) + v * n_lanes, q);
    }
    if constexpr (four_body) {
        const Quadrupole m(env, v);
        const Quadrupole c = m.cofactors();
        const VecN determinant = m.xx * c.xx + m.xy * c.xy + m.xz * c.xz;
        store_anywhere(angular_row(env.descriptor, l_max) + v * n_lanes, static_cast<Real>(four_body_factor) * determinant);
    }
    if constexpr (five_body)
        store_anywhere(angular_row(env.descriptor, l_max + four_body) + v * n_lanes,
              static_cast<Real>(five_body_factor) * dipole * dipole);
}

// dU/ds_nlm from dU/dq.
inline void angular_adjoints(Environment& env, int v) {
    UNROLL for (int l = 1; l <= l_max; ++l) {
        VecN adjoint = load_anywhere<VecN>(angular_row(env.descriptor_adjoint, l - 1) + v * n_lanes);
        if (five_body && l == 1)
            adjoint += load_anywhere<VecN>(angular_row(env.descriptor_adjoint, l_max + four_body) + v * n_lanes) *
                       static_cast<Real>(2 * five_body_factor) *
                       load_anywhere<VecN>(angular_row(env.descriptor, 0) + v * n_lanes);
        UNROLL for (int i = harmonic_index(l, 0, false); i < harmonic_index(l + 1, 0, false); ++i) {
            const VecN s = load<VecN>(env.harmonics[i] + v * n_lanes);
            store(env.harmonics_adjoint[i] + v * n_lanes, 2 * harmonic_weights.of[i] * s * adjoint);
        }
    }
    if constexpr (four_body) {
        const VecN adjoint = static_cast<Real>(four_body_factor) *
                              load_anywhere<VecN>(angular_row(env.descriptor_adjoint, l_max) + v * n_lanes);
        const Quadrupole c = Quadrupole(env, v).cofactors();
        const auto add = [&](int m, bool sine, VecN value) {
            Real* at = env.harmonics_adjoint[harmonic_index(2, m, sine)] + v * n_lanes;
            store(at, load<VecN>(at) + adjoint * value);
        };
        const Real third = Real(1.0 / 3), sixth = Real(1.0 / 6);
        add(0, false, third * (2 * c.zz - c.xx - c.yy));
        add(1, false, 2 * third * c.xz);
        add(1, true, 2 * third * c.yz);
        add(2, false, sixth * (c.xx - c.yy));
        add(2, true, 2 * sixth * c.xy);
    }
}

}  // namespace superionic
