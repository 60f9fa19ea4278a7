// Rotational invariants of s_nlm, the angular rows of the descriptor, and what the network's answer makes of them.
#pragma once
#include "harmonics.cuh"

// The cubic invariant of l = 2, sum over (2 2 2; m1 m2 m3) s s s with a Wigner 3j symbol. In terms of the
// traceless tensor M_ab = sum_j g (x_a x_b - d_ab/3) it is -sqrt(2/35) (5/4pi)^(3/2) (27/2) det M.
constexpr float four_body_factor = static_cast<float>(-0.23904572186687872 * 0.25098063309714314 * 13.5);
// The quartic invariant of l = 1, (7/15) (sum_m s_m^2)^2 with normalised harmonics.
constexpr float five_body_factor = static_cast<float>(7.0 / 15.0);

typedef float Sums[n_harmonics][angular_padded];

// M of one n: A_20 = (3zz - 1)/2, A_21 = 3z, A_22 = 3.
struct Quadrupole {
    float xx, yy, zz, xy, xz, yz;
    DEVICE Quadrupole(const Sums& s, int n) {
        const float third = 1.0f / 3, sixth = 1.0f / 6;
        zz = 2 * third * s[harmonic(2, 0, false)][n];
        xx = sixth * s[harmonic(2, 2, false)][n] - third * s[harmonic(2, 0, false)][n];
        yy = -sixth * s[harmonic(2, 2, false)][n] - third * s[harmonic(2, 0, false)][n];
        xy = sixth * s[harmonic(2, 2, true)][n];
        xz = third * s[harmonic(2, 1, false)][n];
        yz = third * s[harmonic(2, 1, true)][n];
    }
    DEVICE Quadrupole cofactors() const {
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

// Weighted squares of s_nlm over m.
DEVICE float power(const Model& model, const Sums& s, int l, int n) {
    float sum = 0;
    for (int m = harmonic(l, 0, false); m < harmonic(l + 1, 0, false); ++m)
        sum += model.harmonic_weight[m] * s[m][n] * s[m][n];
    return sum;
}

// One component of an angular row: l = 1 ... l_max, then four-body, then five-body.
DEVICE float invariant(const Model& model, const Sums& s, int row, int n) {
    if (row < l_max) return power(model, s, row + 1, n);
    if constexpr (four_body)
        if (row == l_max) {
            const Quadrupole t(s, n), c = t.cofactors();
            return four_body_factor * (t.xx * c.xx + t.xy * c.xy + t.xz * c.xz);
        }
    const float dipole = power(model, s, 1, n);
    return five_body_factor * dipole * dipole;
}

// The five-body row's part of the derivative by the power of l = 1, for four n.
DEVICE void add_five_body(const Model& model, const Sums& s, const float* adjoint, int n, float4& to) {
    const float* row = adjoint + (l_max + four_body) * angular_padded + n;
    to.x += row[0] * 2 * five_body_factor * power(model, s, 1, n);
    to.y += row[1] * 2 * five_body_factor * power(model, s, 1, n + 1);
    to.z += row[2] * 2 * five_body_factor * power(model, s, 1, n + 2);
    to.w += row[3] * 2 * five_body_factor * power(model, s, 1, n + 3);
}

// Adds the four-body row of one n to dU/ds_nlm.
DEVICE void add_four_body(const Sums& s, const float* adjoint, int n, Sums& out) {
    const float f = four_body_factor * adjoint[l_max * angular_padded + n], third = 1.0f / 3, sixth = 1.0f / 6;
    const Quadrupole c = Quadrupole(s, n).cofactors();
    out[harmonic(2, 0, false)][n] += f * third * (2 * c.zz - c.xx - c.yy);
    out[harmonic(2, 1, false)][n] += f * 2 * third * c.xz;
    out[harmonic(2, 1, true)][n] += f * 2 * third * c.yz;
    out[harmonic(2, 2, false)][n] += f * sixth * (c.xx - c.yy);
    out[harmonic(2, 2, true)][n] += f * 2 * sixth * c.xy;
}
