// What one warp knows of the surroundings of its atom, and how it comes to know it.
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

// sin and cos of (pi/2) d for d in [0, 1], by their power series: within 6e-8, and a third of the instructions of sinpif.
DEVICE void quarter_turn(float d, float& sine, float& cosine) {
    constexpr double turn = 1.57079632679489661923, square = turn * turn;
    constexpr float s3 = static_cast<float>(-turn * square / 6), s5 = static_cast<float>(turn * square * square / 120),
                    s7 = static_cast<float>(-turn * square * square * square / 5040),
                    s9 = static_cast<float>(turn * square * square * square * square / 362880),
                    s11 = static_cast<float>(-turn * square * square * square * square * square / 39916800);
    constexpr float c2 = static_cast<float>(-square / 2), c4 = static_cast<float>(square * square / 24),
                    c6 = static_cast<float>(-square * square * square / 720),
                    c8 = static_cast<float>(square * square * square * square / 40320),
                    c10 = static_cast<float>(-square * square * square * square * square / 3628800),
                    c12 = static_cast<float>(square * square * square * square * square * square / 479001600);
    const float dd = d * d;
    sine = d * (((((s11 * dd + s9) * dd + s7) * dd + s5) * dd + s3) * dd + static_cast<float>(turn));
    cosine = ((((((c12 * dd + c10) * dd + c8) * dd + c6) * dd + c4) * dd + c2) * dd) + 1.0f;
}

// The cutoff function and its argument: depth = 1 - r/rc, u = 2 depth^2 - 1, fc = sine^2.
struct Envelope {
    float depth, u, sine, cosine;
    DEVICE Envelope(float stretch, float cutoff, float inverse_cutoff) {  // stretch = r - 2 Å
        depth = (cutoff - 2.0f - stretch) * inverse_cutoff;
        u = 2.0f * depth * depth - 1.0f;
        quarter_turn(depth, sine, cosine);
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
