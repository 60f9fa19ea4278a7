// Site energies and the gradients of their edges, one warp an atom: measure the neighbours, descriptors, network,
// and back. An atom is finished in one pass, while its neighbourhood lies in shared memory and registers.
#pragma once
#include "invariants.cuh"

// What one warp knows of the surroundings of its atom.
struct alignas(16) Surroundings {
    float4 row[max_radial];  // vector and r^2 - 4 Å^2, then unit vector and r - 2 Å; within the angular cutoff from
                             // the front, beyond it from the back
    u32 tag[max_radial];     // slot in the list, and the species above it
    float series[max_angular][series_length];  // G_n, dG_n/du
    float y[lanes][harmonics_padded];          // h Y_lm of the neighbours at hand; later dU/ds_nlm
    Sums s;
    float q[descriptors_padded];  // descriptors, then dU/dq
    float slope[neurons_padded];  // dU/d(input of a neuron)
    float radial_series[n_types][2][k_padded];  // Chebyshev series of the radial forces, and k times it
};
static_assert(sizeof(Surroundings) == NEP_SURROUNDINGS_BYTES, "layout.py reserves other shared memory");
static_assert(sizeof(Sums) <= sizeof(float[lanes][harmonics_padded]), "dU/ds_nlm takes the place of the harmonics");

DEVICE u32 pack_tag(int slot, int species) { return static_cast<u32>(slot) | static_cast<u32>(species) << 16; }
DEVICE int tag_slot(u32 tag) { return static_cast<int>(tag & 0xFFFF); }
DEVICE int tag_species(u32 tag) { return static_cast<int>(tag >> 16); }

// r^2 - 4 Å^2: taken in float64, it gives r - 2 Å in float32 without loss where bonds are stiff.
DEVICE float excess(float r) { return (r - 2) * (r + 2); }

DEVICE float lane_fold(float keep, float give, int offset) { return keep + __shfl_xor_sync(~0u, give, offset); }

// Totals over the lanes of 16 numbers at once: lane l gets that of number l / 2.
template <int half>
DEVICE void halve(float (&v)[16], int lane) {
    const bool upper = lane & (2 * half);
#pragma unroll
    for (int i = 0; i < half; ++i) {
        const float give = upper ? v[i] : v[i + half], keep = upper ? v[i + half] : v[i];
        v[i] = lane_fold(keep, give, 2 * half);
    }
    if constexpr (half > 1) halve<half / 2>(v, lane);
}
DEVICE float lane_totals(float (&v)[16], int lane) {
    halve<8>(v, lane);
    return lane_fold(v[0], v[0], 1);
}

// The cutoff function and its argument: depth = 1 - r/rc, u = 2 depth^2 - 1, fc = sine^2.
struct Envelope {
    float depth, u, sine, cosine;
    DEVICE Envelope(float stretch, float cutoff) {  // stretch = r - 2 Å
        depth = (cutoff - 2.0f - stretch) / cutoff;
        u = 2.0f * depth * depth - 1.0f;
        sine = sinpif(0.5f * depth);
        cosine = cospif(0.5f * depth);
    }
    DEVICE float half() const { return 0.5f * sine * sine; }
};

struct Counts {
    int near, all;        // within the angular cutoff; within the radial one
    bool repelled;        // whether any is within reach of the repulsion
    DEVICE int place(int e) const { return e < near ? e : max_radial - 1 - (e - near); }
};

// Sort the candidates of atom i into those within the cutoffs; edges of the others are zero.
DEVICE Counts measure(const World& w, const Model& model, Surroundings& around, int i, int r, int lane) {
    const u32 below = (1u << lane) - 1;
    const float limit_r = excess(model.cutoff_radial), limit_a = excess(model.cutoff_angular);
    const u32* candidate = w.candidate + static_cast<i64>(i) * w.room;
    const Double4* position = w.position + static_cast<i64>(r) * w.n_atoms;
    const Double4* image = w.image + static_cast<i64>(r) * w.n_images;
    float4* edge = w.edge + static_cast<i64>(i) * w.room;
    const Double4 x = w.position[i];
    const int count = w.n_candidates[i];
    int near = 0, far = 0;
    bool repelled = false;
    for (int first = 0; first < count; first += lanes) {
        const int slot = first + lane;
        const bool there = slot < count;
        const u32 c = candidate[there ? slot : 0];
        const Double4 a = position[c & atom_mask], b = image[c >> atom_bits];
        const double dx = a.x + b.x - x.x, dy = a.y + b.y - x.y, dz = a.z + b.z - x.z;
        const float square = static_cast<float>(dx * dx + dy * dy + dz * dz - 4.0);
        const bool in_r = there && square < limit_r, in_a = there && square < limit_a;
        const u32 near_mask = __ballot_sync(~0u, in_a), far_mask = __ballot_sync(~0u, in_r && !in_a);
        const int place = in_a ? near + __popc(near_mask & below) : max_radial - 1 - far - __popc(far_mask & below);
        near += __popc(near_mask);
        far += __popc(far_mask);
        if (in_r && near + far <= max_radial) {
            around.row[place] =
                make_float4(static_cast<float>(dx), static_cast<float>(dy), static_cast<float>(dz), square);
            around.tag[place] = pack_tag(slot, static_cast<int>(a.w));
        } else if (there) {
            edge[slot] = make_float4(0, 0, 0, 0);
        }
        if constexpr (has_zbl) repelled |= there && square < excess(model.zbl_outer);
    }
    if (near + far > max_radial || near > max_angular) {  // the block will be done again with more room
        if (lane == 0) {
            atomicMax(&w.trouble[r].radial, near + far);
            atomicMax(&w.trouble[r].angular, near);
        }
        near = far = 0;
    }
    if constexpr (has_zbl) repelled = __ballot_sync(~0u, repelled) != 0;
    __syncwarp();
    return {near, near + far, repelled};
}

// Radial descriptors of one neighbour, added to `sums`.
DEVICE void radial_descriptors(const Model& model, float stretch, int type, int other, float (&sums)[radial_sums]) {
    const Envelope c(stretch, model.cutoff_radial);
    const float h = c.half();
    const float* coefficient = model.radial[type][other][0];
    float p0 = 1, p1 = c.u;
#pragma unroll
    for (int k = 0; k < k_radial; ++k) {
        const float f = h * (p0 + 1.0f);
#pragma unroll
        for (int n = 0; n < radial_padded; n += 4) {
            const float4 v = *reinterpret_cast<const float4*>(coefficient + k * radial_padded + n);
            sums[n] += f * v.x;
            sums[n + 1] += f * v.y;
            sums[n + 2] += f * v.z;
            sums[n + 3] += f * v.w;
        }
        const float p2 = 2 * c.u * p1 - p0;
        p0 = p1;
        p1 = p2;
    }
}

// G_n and dG_n/du of neighbour e, g_n = h G_n; and its harmonics h Y_lm.
DEVICE void angular_functions(const Model& model, Surroundings& around, float4 r, int type, int other, int e, int lane) {
    const Envelope c(r.w, model.cutoff_angular);
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

// Radial descriptors and s_nlm. Leaves unit vectors and r - 2 Å in the rows.
DEVICE void descriptors(const Model& model, Surroundings& around, const Counts& counts, int type, int lane) {
    float radial[radial_sums], tile[tile_n][tile_m];
#pragma unroll
    for (int n = 0; n < radial_sums; ++n) radial[n] = 0;
#pragma unroll
    for (int n = 0; n < tile_n; ++n)
#pragma unroll
        for (int m = 0; m < tile_m; ++m) tile[n][m] = 0;
    const Tile mine(lane);
    for (int first = 0; first < counts.all; first += lanes) {
        const int e = first + lane, place = counts.place(e);
        if (e < counts.all) {
            float4 r = around.row[place];
            const int other = tag_species(around.tag[place]);
            const float inverse = rsqrtf(r.w + 4.0f);
            const float stretch = r.w / ((r.w + 4.0f) * inverse + 2.0f);
            float x = r.x * inverse, y = r.y * inverse, z = r.z * inverse;
            const float mend = 1.5f - 0.5f * (x * x + y * y + z * z);
            r = make_float4(x * mend, y * mend, z * mend, stretch);
            around.row[place] = r;
            radial_descriptors(model, stretch, type, other, radial);
            if (e < counts.near) angular_functions(model, around, r, type, other, e, lane);
        }
        if (first >= counts.near) continue;
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
#pragma unroll
    for (int first = 0; first < radial_sums; first += 16) {
        float part[16];
#pragma unroll
        for (int n = 0; n < 16; ++n) part[n] = radial[first + n];
        const float total = lane_totals(part, lane);
        if (lane % 2 == 0 && first + lane / 2 < n_radial) around.q[first + lane / 2] = total;
    }
    __syncwarp();
    for (int o = lane; o < angular_rows * n_angular; o += lanes)
        around.q[n_radial + o] = invariant(model, around.s, o / n_angular, o % n_angular);
    for (int d = n_descriptors + lane; d < descriptors_padded; d += lanes) around.q[d] = 0;
    __syncwarp();
}

// Returns U_i on every lane and leaves dU/dq in q.
DEVICE double network(const Model& model, Surroundings& around, int type, int lane) {
    double energy = 0;
#pragma unroll
    for (int chunk = 0; chunk < neuron_chunks; ++chunk) {
        const int neuron = chunk * lanes + lane;
        float sum[2] = {0, 0};
#pragma unroll 16
        for (int d = 0; d < n_descriptors; ++d)
            sum[d % 2] += model.network_by_neuron[type][d][neuron] * around.q[d];
        const float h = tanhf(sum[0] + sum[1] - model.b0[type][neuron]), w1 = model.w1[type][neuron];
        energy += w1 * h;
        around.slope[neuron] = w1 * (1 - h * h);
    }
#pragma unroll
    for (int offset = 16; offset; offset /= 2) energy += __shfl_xor_sync(~0u, energy, offset);
    __syncwarp();
    float adjoint[descriptor_chunks];
#pragma unroll
    for (int c = 0; c < descriptor_chunks; ++c) adjoint[c] = 0;
#pragma unroll 6
    for (int neuron = 0; neuron < n_neurons; ++neuron)
#pragma unroll
        for (int c = 0; c < descriptor_chunks; ++c)
            adjoint[c] += around.slope[neuron] * model.network_by_descriptor[type][neuron][lanes * c + lane];
#pragma unroll
    for (int c = 0; c < descriptor_chunks; ++c) around.q[lanes * c + lane] = adjoint[c];
    __syncwarp();
    return energy - model.b1;
}

DEVICE Sums& adjoint_sums(Surroundings& around) { return *reinterpret_cast<Sums*>(&around.y[0][0]); }

// dU/ds_nlm in the place of the harmonics; the radial forces as one Chebyshev series a species.
DEVICE void adjoints(const Model& model, Surroundings& around, int type, int lane) {
    Sums& out = adjoint_sums(around);
    const float* angular = around.q + n_radial;
    for (int o = lane; o < n_harmonics * angular_padded; o += lanes) {
        const int m = o / angular_padded, n = o % angular_padded;
        out[m][n] = n < n_angular ? sum_adjoint(model, around.s, angular, m, n) : 0.0f;
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
    const Envelope c(stretch, model.cutoff_radial);
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
    return -1.0f / model.cutoff_radial * c.sine * (half_pi * c.cosine * value + 2 * c.sine * c.depth * d1);
}

// dU/dr of the angular descriptors: two small matrix products, P_lm = sum_n dU/ds_nlm G_n and the same with dG_n/du,
// then Phi = sum_lm P_lm Y_lm. Returns the part along r^, and across it in (fx, fy, fz).
DEVICE float angular_gradient(const Model& model, Surroundings& around, float4 r, int e, float& fx, float& fy,
                              float& fz) {
    const Envelope c(r.w, model.cutoff_angular);
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
    const float scale = c.half() / (r.w + 2.0f);
    fx *= scale;
    fy *= scale;
    fz *= scale;
    const float inverse_cutoff = 1.0f / model.cutoff_angular;
    return -4.0f * inverse_cutoff * c.depth * slope - half_pi * inverse_cutoff * c.sine * c.cosine * phi;
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
        edge[tag_slot(tag)] = make_float4(fx + along * r.x, fy + along * r.y, fz + along * r.z, 0);
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
        to = make_float4(to.x + 0.5f * slope * u.x, to.y + 0.5f * slope * u.y, to.z + 0.5f * slope * u.z, 0);
    }
    for (int offset = 16; offset; offset /= 2) energy += __shfl_xor_sync(~0u, energy, offset);
    return energy;
}

// Grid: a warp an atom, replica after replica without gaps.
extern "C" __global__ void __launch_bounds__(site_threads, site_blocks) site(const World* __restrict__ world) {
    const World& w = *world;
    const int lane = threadIdx.x % lanes, warp = threadIdx.x / lanes;
    const int i = blockIdx.x * site_warps + warp;
    if (i >= w.n_atoms * w.n_replicas) return;
    const int r = i / w.n_atoms;
    if (finished(w, r)) return;
    Surroundings& around = reinterpret_cast<Surroundings*>(DYNAMIC_SHARED())[warp];
    const Model& model = *w.model;
    const int type = static_cast<int>(w.position[i].w);
    const Counts counts = measure(w, model, around, i, r, lane);
    descriptors(model, around, counts, type, lane);
    double energy = network(model, around, type, lane);
    adjoints(model, around, type, lane);
    gradients(w, model, around, counts, i, lane);
    if constexpr (has_zbl)
        if (counts.repelled) {
            __syncwarp();
            energy += repulsion(w, model, around, counts, i, type, lane);
        }
    if (lane == 0) w.site_energy[i] = energy;
}
