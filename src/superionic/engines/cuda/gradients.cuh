// From dU/dq back to the gradients of the edges, lanes = neighbours; and the repulsion of close pairs.
#pragma once
#include "descriptors.cuh"

DEVICE Sums& adjoint_sums(Surroundings& around) { return *reinterpret_cast<Sums*>(&around.y[0][0]); }

// dU/ds_nlm in the place of the harmonics; the radial forces as one Chebyshev series a species.
DEVICE void adjoints(const Model& model, Surroundings& around, int type, int lane) {
    Sums& out = adjoint_sums(around);
    const float* angular = around.q + radial_padded;
    for (int o = lane; o < n_harmonics * (angular_padded / 4); o += lanes) {
        const int m = o / (angular_padded / 4), n = 4 * (o % (angular_padded / 4));
        float4 a = *reinterpret_cast<const float4*>(angular + (degree(m) - 1) * angular_padded + n);
        if constexpr (five_body)
            if (m < 3) add_five_body(model, around.s, angular, n, a);
        const float4 s = *reinterpret_cast<const float4*>(&around.s[m][n]);
        const float twice = 2 * model.harmonic_weight[m];
        *reinterpret_cast<float4*>(&out[m][n]) =
            make_float4(twice * s.x * a.x, twice * s.y * a.y, twice * s.z * a.z, twice * s.w * a.w);
    }
    for (int o = lane; o < n_types * k_radial; o += lanes) {
        const int t = o / k_radial, k = o % k_radial;
        float sum = 0;
#pragma unroll
        for (int n = 0; n < n_radial; ++n) sum += around.q[n] * model.radial_series[type][t][k][n];
        around.radial_series[t][0][k] = sum;
        around.radial_series[t][1][k] = k * sum;
    }
    __syncwarp();
    if constexpr (four_body) {
        for (int n = lane; n < n_angular; n += lanes) add_four_body(around.s, angular, n, out);
        __syncwarp();
    }
}

// dU/dr of the radial descriptors: Clenshaw sums of the series and of its derivative.
DEVICE float radial_gradient(const Model& model, const float (&series)[2][k_padded], float stretch) {
    const Envelope c(stretch, model.cutoff_radial, model.inverse_radial);
    const float twice_u = 2 * c.u, half_pi = 1.57079632679489661923f;
    float p1 = 0, p2 = 0, d1 = 0, d2 = 0;
#pragma unroll
    for (int k = k_radial - 1; k >= 1; --k) {
        const float p0 = twice_u * p1 + (series[0][k] - p2), d0 = twice_u * d1 + (series[1][k] - d2);
        p2 = p1;
        p1 = p0;
        d2 = d1;
        d1 = d0;
    }
    const float value = c.u * p1 + (series[0][0] - p2);
    return -model.inverse_radial * c.sine * (half_pi * c.cosine * value + 2 * c.sine * c.depth * d1);
}

// dU/dr of the angular descriptors: two small matrix products, P_lm = sum_n dU/ds_nlm G_n and the same with dG_n/du,
// then Phi = sum_lm P_lm Y_lm. Returns the part along r^, and across it in (fx, fy, fz).
DEVICE float angular_gradient(const Model& model, Surroundings& around, float4 r, int e, float& fx, float& fy,
                              float& fz) {
    const Envelope c(r.w, model.cutoff_angular, model.inverse_angular);
    const float half_pi = 1.57079632679489661923f;
    float g[series_length], p[n_harmonics], y[whole(n_harmonics, 4)];
#pragma unroll
    for (int n = 0; n < series_length; n += 4) {
        const float4 v = *reinterpret_cast<const float4*>(&around.series[e][n]);
        g[n] = v.x;
        g[n + 1] = v.y;
        g[n + 2] = v.z;
        g[n + 3] = v.w;
    }
    harmonics(r.x, r.y, r.z, c.half(), y);
    const Sums& adjoint = adjoint_sums(around);
    float slope = 0;
#pragma unroll
    for (int m = 0; m < n_harmonics; ++m) {
        float value = 0, value_slope = 0;
#pragma unroll
        for (int n = 0; n < angular_padded; n += 4) {
            const float4 v = *reinterpret_cast<const float4*>(&adjoint[m][n]);
            const float a[4] = {v.x, v.y, v.z, v.w};
#pragma unroll
            for (int k = 0; k < 4; ++k)
                if (n + k < n_angular) {
                    value += a[k] * g[n + k];
                    value_slope += a[k] * g[angular_padded + n + k];
                }
        }
        p[m] = value;
        slope += value_slope * y[m];
    }
    const float phi = tangential_gradient(r.x, r.y, r.z, p, fx, fy, fz);
    const float scale = __fdividef(c.half(), r.w + 2.0f);
    fx *= scale;
    fy *= scale;
    fz *= scale;
    return -model.inverse_angular * (4.0f * c.depth * slope + half_pi * c.sine * c.cosine * phi);
}

DEVICE void gradients(const World& w, const Model& model, Surroundings& around, const Counts& counts, int i, int lane) {
    float4* edge = w.edge + static_cast<i64>(i) * w.room;
    for (int first = 0; first < counts.all; first += lanes) {
        const int e = first + lane, place = counts.place(e);
        if (e >= counts.all) continue;
        const float4 r = around.row[place];
        const u32 tag = around.tag[place];
        float along = radial_gradient(model, around.radial_series[tag_species(tag)], r.w);
        float fx = 0, fy = 0, fz = 0;
        if (e < counts.near) along += angular_gradient(model, around, r, e, fx, fy, fz);
        edge[tag_slot(tag)] = make_float4(fx + along * r.x, fy + along * r.y, fz + along * r.z, 1);
    }
}

// Ziegler-Biersack-Littmark repulsion of close pairs, switched off between two radii; each atom of a pair holds half of
// the energy. Few atoms ever come here.
DEVICE double repulsion(const World& w, const Model& model, Surroundings& around, const Counts& counts, int i, int type,
                        int lane) {
    const float weight[4] = {0.18175f, 0.50986f, 0.28022f, 0.02817f};
    const float decay[4] = {3.1998f, 0.94229f, 0.4029f, 0.20162f};
    float4* edge = w.edge + static_cast<i64>(i) * w.room;
    double energy = 0;
    for (int first = 0; first < counts.all; first += lanes) {
        const int e = first + lane, place = counts.place(e);
        if (e >= counts.all) continue;
        const float4 u = around.row[place];
        const float r = u.w + 2.0f;
        if (r >= model.zbl_outer) continue;
        const u32 tag = around.tag[place];
        const int pair = type * n_types + tag_species(tag);
        const float inverse_length = model.zbl_inverse_length[pair], strength = model.zbl_strength[pair] / r;
        float screening = 0, screening_slope = 0;
        for (int m = 0; m < 4; ++m) {
            const float term = weight[m] * expf(-decay[m] * inverse_length * r);
            screening += term;
            screening_slope -= decay[m] * inverse_length * term;
        }
        float value = strength * screening, slope = strength * (screening_slope - screening / r);
        if (r > model.zbl_inner) {
            const float phase = 1.0f / (model.zbl_outer - model.zbl_inner), turn = phase * (r - model.zbl_inner);
            const float on = 0.5f * (1 + cospif(turn));
            slope = slope * on - value * 0.5f * 3.14159265358979323846f * phase * sinpif(turn);
            value *= on;
        }
        energy += 0.5 * value;
        float4& to = edge[tag_slot(tag)];
        to = make_float4(to.x + 0.5f * slope * u.x, to.y + 0.5f * slope * u.y, to.z + 0.5f * slope * u.z, 1);
    }
    for (int offset = 16; offset; offset /= 2) energy += __shfl_xor_sync(~0u, energy, offset);
    return energy;
}
