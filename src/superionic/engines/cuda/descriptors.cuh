// Descriptors of one atom: sums over its neighbours, lanes = neighbours for the functions, register tiles for s_nlm.
#pragma once
#include "surroundings.cuh"

// What one neighbour adds to the radial sums: f_k, each species apart, or c_nk f_k.
DEVICE void add_radial(const Model& model, float stretch, int type, int other, float (&sums)[radial_sums]) {
    const Envelope c(stretch, model.cutoff_radial, model.inverse_radial);
    const float h = c.half();
    float p0 = 1, p1 = c.u;
#pragma unroll
    for (int k = 0; k < k_radial; ++k) {
        const float f = h * (p0 + 1.0f);
        if constexpr (radial_by_species) {
#pragma unroll
            for (int t = 0; t < n_types; ++t) sums[t * k_radial + k] += t == other ? f : 0.0f;
        } else {
#pragma unroll
            for (int n = 0; n < radial_padded; n += 4) {
                const float4 v = *reinterpret_cast<const float4*>(&model.radial[type][other][k][n]);
                sums[n] += f * v.x;
                sums[n + 1] += f * v.y;
                sums[n + 2] += f * v.z;
                sums[n + 3] += f * v.w;
            }
        }
        const float p2 = 2 * c.u * p1 - p0;
        p0 = p1;
        p1 = p2;
    }
}

// Unit vectors and r - 2 Å into the rows; the radial descriptors into q.
DEVICE void radial_descriptors(const Model& model, Surroundings& around, const Counts& counts, int type, int lane) {
    float sums[radial_sums];
#pragma unroll
    for (int n = 0; n < radial_sums; ++n) sums[n] = 0;
    for (int first = 0; first < counts.all; first += lanes) {
        const int e = first + lane, place = counts.place(e);
        if (e >= counts.all) continue;
        const float4 r = around.row[place];
        const float inverse = rsqrtf(r.w + 4.0f);
        const float stretch = __fdividef(r.w, (r.w + 4.0f) * inverse + 2.0f);
        const float x = r.x * inverse, y = r.y * inverse, z = r.z * inverse;
        const float mend = 1.5f - 0.5f * (x * x + y * y + z * z);
        around.row[place] = make_float4(x * mend, y * mend, z * mend, stretch);
        add_radial(model, stretch, type, tag_species(around.tag[place]), sums);
    }
    float* total = radial_by_species ? &around.y[0][0] : around.q;
#pragma unroll
    for (int first = 0; first < radial_sums; first += 16) {
        float part[16];
#pragma unroll
        for (int n = 0; n < 16; ++n) part[n] = sums[first + n];
        const float sum = lane_totals(part, lane);
        if (lane % 2 == 0 && (radial_by_species || first + lane / 2 < n_radial)) total[first + lane / 2] = sum;
    }
    __syncwarp();
    if constexpr (radial_by_species) {
        for (int n = lane; n < n_radial; n += lanes) {
            float q[2] = {0, 0};
#pragma unroll
            for (int t = 0; t < n_types; ++t)
#pragma unroll
                for (int k = 0; k < k_radial; ++k)
                    q[k % 2] += model.radial[type][t][k][n] * total[t * k_radial + k];
            around.q[n] = q[0] + q[1];
        }
        __syncwarp();
    }
}

// G_n and dG_n/du of neighbour e, g_n = h G_n; and its harmonics h Y_lm.
DEVICE void angular_functions(const Model& model, Surroundings& around, float4 r, int type, int other, int e, int lane) {
    const Envelope c(r.w, model.cutoff_angular, model.inverse_angular);
    const float* coefficient = model.angular_series[type][other][0];
    float sum[series_length];
#pragma unroll
    for (int n = 0; n < series_length; ++n) sum[n] = 0;
    const float twice_u = 2 * c.u;
    float p0 = 1, p1 = twice_u;  // 1, 2 T_1, 2 T_2 ...
#pragma unroll
    for (int k = 0; k < k_angular; ++k) {
#pragma unroll
        for (int n = 0; n < series_length; n += 4) {
            const float4 v = *reinterpret_cast<const float4*>(coefficient + k * series_length + n);
            sum[n] += p0 * v.x;
            sum[n + 1] += p0 * v.y;
            sum[n + 2] += p0 * v.z;
            sum[n + 3] += p0 * v.w;
        }
        const float p2 = twice_u * p1 - (k == 0 ? 2.0f : p0);
        p0 = p1;
        p1 = p2;
    }
#pragma unroll
    for (int n = 0; n < series_length; n += 4)
        *reinterpret_cast<float4*>(&around.series[e][n]) = make_float4(sum[n], sum[n + 1], sum[n + 2], sum[n + 3]);
    float y[whole(n_harmonics, 4)];
    harmonics(r.x, r.y, r.z, c.half(), y);
#pragma unroll
    for (int m = 0; m < whole(n_harmonics, 4); m += 4)
        *reinterpret_cast<float4*>(&around.y[lane][m]) = make_float4(y[m], y[m + 1], y[m + 2], y[m + 3]);
}

// Which part of s_nlm a lane sums, over one half of the neighbours.
struct Tile {
    int half, n, m;
    DEVICE explicit Tile(int lane) : half(lane / 16), n(lane / 8 % 2 * tile_n), m(lane % 8 * tile_m) {}
};

// s_nlm of the neighbours within the angular cutoff.
DEVICE void angular_sums(const Model& model, Surroundings& around, const Counts& counts, int type, int lane) {
    float tile[tile_n][tile_m];
#pragma unroll
    for (int n = 0; n < tile_n; ++n)
#pragma unroll
        for (int m = 0; m < tile_m; ++m) tile[n][m] = 0;
    const Tile mine(lane);
    for (int first = 0; first < counts.near; first += lanes) {
        const int e = first + lane;
        if (e < counts.near)
            angular_functions(model, around, around.row[e], type, tag_species(around.tag[e]), e, lane);
        __syncwarp();
        const int here = least(counts.near - first, lanes);
        for (int j = mine.half; j < here; j += 2) {
            float g[tile_n];
#pragma unroll
            for (int n = 0; n < tile_n; n += 2) {
                const float2 pair = *reinterpret_cast<const float2*>(&around.series[first + j][mine.n + n]);
                g[n] = pair.x;
                g[n + 1] = pair.y;
            }
#pragma unroll
            for (int m = 0; m < tile_m; ++m) {
                const float y = around.y[j][mine.m + m];
#pragma unroll
                for (int n = 0; n < tile_n; ++n) tile[n][m] += g[n] * y;
            }
        }
        __syncwarp();
    }
#pragma unroll
    for (int n = 0; n < tile_n; ++n)
#pragma unroll
        for (int m = 0; m < tile_m; ++m) {
            const float sum = lane_fold(tile[n][m], tile[n][m], 16);
            if (mine.half == 0 && mine.m + m < n_harmonics) around.s[mine.m + m][mine.n + n] = sum;
        }
    __syncwarp();
}

// All descriptors into q, zeros where rows are filled up.
DEVICE void descriptors(const Model& model, Surroundings& around, const Counts& counts, int type, int lane) {
    radial_descriptors(model, around, counts, type, lane);
    for (int d = n_radial + lane; d < radial_padded; d += lanes) around.q[d] = 0;
    angular_sums(model, around, counts, type, lane);
    for (int o = lane; o < angular_rows * angular_padded; o += lanes)
        around.q[radial_padded + o] = invariant(model, around.s, o / angular_padded, o % angular_padded);
    for (int d = n_descriptors + lane; d < descriptors_padded; d += lanes) around.q[d] = 0;
    __syncwarp();
}
