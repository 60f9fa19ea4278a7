// Real harmonics from the addition theorem,
//   P_l(cos g) = sum_m (2 - d_m0) (l-m)!/(l+m)! A_lm(z) A_lm(z') [C_m C_m' + S_m S_m'],
// with A_lm = d^m P_l/dz^m and C_m + i S_m = (x + i y)^m on the unit sphere. Left unnormalised: the factors
// above, times (2l+1)/4pi, are applied once per atom, to the squares (Model.harmonic_weight).
#pragma once
#include "world.h"

// Order of the harmonics: l outer; within it m = 0, then cosine and sine of m = 1, 2, ...
DEVICE constexpr int harmonic(int l, int m, bool sine) { return l * l - 1 + (m == 0 ? 0 : 2 * m - 1 + sine); }
DEVICE constexpr int degree(int index) { return index < 3 ? 1 : index < 8 ? 2 : index < 15 ? 3 : 4; }

// A_lm(z) for m up to l, written out for l = 1 ... 4; what l_max does not need the compiler drops.
struct Legendre {
    float at[5][5];
    DEVICE explicit Legendre(float z) {
        const float zz = z * z;
        at[1][0] = z;
        at[1][1] = 1;
        at[2][0] = 1.5f * zz - 0.5f;
        at[2][1] = 3 * z;
        at[2][2] = 3;
        at[3][0] = (2.5f * zz - 1.5f) * z;
        at[3][1] = 7.5f * zz - 1.5f;
        at[3][2] = 15 * z;
        at[3][3] = 15;
        at[4][0] = (4.375f * zz - 3.75f) * zz + 0.375f;
        at[4][1] = (17.5f * zz - 7.5f) * z;
        at[4][2] = 52.5f * zz - 7.5f;
        at[4][3] = 105 * z;
        at[4][4] = 105;
    }
};

// C_m and S_m, times a scale.
struct Azimuth {
    float cosine[l_max + 1], sine[l_max + 1];
    DEVICE Azimuth(float x, float y, float scale) {
        cosine[0] = scale;
        sine[0] = 0;
#pragma unroll
        for (int m = 1; m <= l_max; ++m) {
            cosine[m] = x * cosine[m - 1] - y * sine[m - 1];
            sine[m] = x * sine[m - 1] + y * cosine[m - 1];
        }
    }
};

// scale Y_lm of the unit vector (x, y, z).
DEVICE void harmonics(float x, float y, float z, float scale, float (&out)[whole(n_harmonics, 4)]) {
    const Legendre a(z);
    const Azimuth w(x, y, scale);
#pragma unroll
    for (int l = 1; l <= l_max; ++l) {
        out[harmonic(l, 0, false)] = a.at[l][0] * w.cosine[0];
#pragma unroll
        for (int m = 1; m <= l; ++m) {
            out[harmonic(l, m, false)] = a.at[l][m] * w.cosine[m];
            out[harmonic(l, m, true)] = a.at[l][m] * w.sine[m];
        }
    }
#pragma unroll
    for (int k = n_harmonics; k < whole(n_harmonics, 4); ++k) out[k] = 0;
}

// Phi = sum_lm p_lm Y_lm, and its gradient along the unit sphere.
//
// Sums over l come first, for each m: Phi = sum_m alpha_m(z) C_m + beta_m(z) S_m, whose gradient needs only
// the derivatives A_l,m+1 of A_lm and (C, S)_(m-1) of (C, S)_m. The component along r^ is then removed.
DEVICE float tangential_gradient(float x, float y, float z, const float (&p)[n_harmonics], float& gx, float& gy,
                                 float& gz) {
    const Legendre a(z);
    const Azimuth w(x, y, 1);
    float phi = 0;
    gx = gy = gz = 0;
#pragma unroll
    for (int m = 0; m <= l_max; ++m) {
        float alpha = 0, alpha_slope = 0, beta = 0, beta_slope = 0;
#pragma unroll
        for (int l = m ? m : 1; l <= l_max; ++l) {
            alpha += p[harmonic(l, m, false)] * a.at[l][m];
            if (m < l) alpha_slope += p[harmonic(l, m, false)] * a.at[l][m + 1];
            if (m == 0) continue;
            beta += p[harmonic(l, m, true)] * a.at[l][m];
            if (m < l) beta_slope += p[harmonic(l, m, true)] * a.at[l][m + 1];
        }
        phi += alpha * w.cosine[m];
        if (m < l_max) gz += alpha_slope * w.cosine[m];
        if (m == 0) continue;
        phi += beta * w.sine[m];
        if (m < l_max) gz += beta_slope * w.sine[m];
        gx += m * (alpha * w.cosine[m - 1] + beta * w.sine[m - 1]);
        gy += m * (beta * w.cosine[m - 1] - alpha * w.sine[m - 1]);
    }
    const float along = gx * x + gy * y + gz * z;
    gx -= along * x;
    gy -= along * y;
    gz -= along * z;
    return phi;
}
