// Real harmonics from the addition theorem,
//   P_l(cos g) = sum_m (2 - d_m0) (l-m)!/(l+m)! A_lm(z) A_lm(z') [C_m C_m' + S_m S_m'],
// with A_lm = d^m P_l/dz^m and C_m + i S_m = (x + i y)^m on the unit sphere. Left unnormalised: the factors
// above, times (2l+1)/4pi, are applied once per atom, to the squares.
#pragma once

#include "environment.h"

namespace superionic {

constexpr double pi = 3.14159265358979323846;

// Order of the harmonics: l outer; within it m = 0, then cosine and sine of m = 1, 2, ...
constexpr int harmonic_index(int l, int m, bool sine) { return l * l - 1 + (m == 0 ? 0 : 2 * m - 1 + sine); }

// (2l+1)/4pi times the factor of the addition theorem.
constexpr double harmonic_weight(int l, int m) {
    double ratio = 1;
    for (int i = l - m + 1; i <= l + m; ++i) ratio /= i;
    return (m ? 2 : 1) * (2 * l + 1) / (4 * pi) * ratio;
}

struct HarmonicWeights {
    Real of[n_harmonics];

    constexpr HarmonicWeights() : of{} {
        for (int l = 1; l <= l_max; ++l)
            for (int m = 0; m <= l; ++m)
                for (int sine = 0; sine <= (m > 0); ++sine)
                    of[harmonic_index(l, m, sine)] = static_cast<Real>(harmonic_weight(l, m));
    }
};
constexpr HarmonicWeights harmonic_weights;

// A_lm(z) for m up to l (zero beyond), written out for l = 1 ... 4.
struct Legendre {
    VecNeighbours at[5][6];

    explicit Legendre(VecNeighbours z) : at{} {
        const VecNeighbours zz = z * z;
        const auto constant = [](double value) { return splat<VecNeighbours>(static_cast<Real>(value)); };
        at[1][0] = z;
        at[1][1] = constant(1);
        at[2][0] = Real(1.5) * zz - Real(0.5);
        at[2][1] = 3 * z;
        at[2][2] = constant(3);
        at[3][0] = (Real(2.5) * zz - Real(1.5)) * z;
        at[3][1] = Real(7.5) * zz - Real(1.5);
        at[3][2] = 15 * z;
        at[3][3] = constant(15);
        at[4][0] = (Real(4.375) * zz - Real(3.75)) * zz + Real(0.375);
        at[4][1] = (Real(17.5) * zz - Real(7.5)) * z;
        at[4][2] = Real(52.5) * zz - Real(7.5);
        at[4][3] = 105 * z;
        at[4][4] = constant(105);
    }
};

// C_m and S_m for m = 0 ... l_max, times a scale.
struct Azimuth {
    VecNeighbours cosine[l_max + 1], sine[l_max + 1];

    Azimuth(VecNeighbours x, VecNeighbours y, VecNeighbours scale) {
        cosine[0] = scale;
        sine[0] = VecNeighbours{};
        UNROLL for (int m = 1; m <= l_max; ++m) {
            cosine[m] = x * cosine[m - 1] - y * sine[m - 1];
            sine[m] = x * sine[m - 1] + y * cosine[m - 1];
        }
    }
};

inline void fill_harmonics(AngularBlock& block) {
    const Legendre a(block.z);
    const Azimuth w(block.x, block.y, block.envelope);
    UNROLL for (int l = 1; l <= l_max; ++l) {
        block.harmonic[harmonic_index(l, 0, false)] = a.at[l][0] * w.cosine[0];
        UNROLL for (int m = 1; m <= l; ++m) {
            block.harmonic[harmonic_index(l, m, false)] = a.at[l][m] * w.cosine[m];
            block.harmonic[harmonic_index(l, m, true)] = a.at[l][m] * w.sine[m];
        }
    }
}

// Phi = sum_lm p_lm Y_lm(r/|r|), and its gradient along the sphere times |r| and the envelope.
//
// Sums over l come first, for each m: Phi = sum_m alpha_m(z) C_m + beta_m(z) S_m, whose gradient needs only
// the derivatives A_l,m+1 of A_lm and (C, S)_(m-1) of (C, S)_m. The component along r^ is then removed.
inline VecNeighbours tangential_gradient(const AngularBlock& block, const VecNeighbours (&p)[n_harmonics],
                                          VecNeighbours& gx, VecNeighbours& gy, VecNeighbours& gz) {
    const Legendre a(block.z);
    const Azimuth w(block.x, block.y, splat<VecNeighbours>(1));
    VecNeighbours phi = {};
    gx = gy = gz = VecNeighbours{};
    UNROLL for (int m = 0; m <= l_max; ++m) {
        VecNeighbours alpha = {}, alpha_slope = {}, beta = {}, beta_slope = {};
        UNROLL for (int l = m ? m : 1; l <= l_max; ++l) {
            const VecNeighbours cosine_part = p[harmonic_index(l, m, false)];
            alpha += cosine_part * a.at[l][m];
            if (m < l) alpha_slope += cosine_part * a.at[l][m + 1];
            if (m == 0) continue;
            const VecNeighbours sine_part = p[harmonic_index(l, m, true)];
            beta += sine_part * a.at[l][m];
            if (m < l) beta_slope += sine_part * a.at[l][m + 1];
        }
        phi += alpha * w.cosine[m];
        if (m < l_max) gz += alpha_slope * w.cosine[m];
        if (m == 0) continue;
        phi += beta * w.sine[m];
        if (m < l_max) gz += beta_slope * w.sine[m];
        gx += Real(m) * (alpha * w.cosine[m - 1] + beta * w.sine[m - 1]);
        gy += Real(m) * (beta * w.cosine[m - 1] - alpha * w.sine[m - 1]);
    }
    const VecNeighbours along = gx * block.x + gy * block.y + gz * block.z;
    gx = (gx - along * block.x) * block.envelope;
    gy = (gy - along * block.y) * block.envelope;
    gz = (gz - along * block.z) * block.envelope;
    return phi;
}

}  // namespace superionic
