// Neighbour lists with a skin, on the device: fold into the cell, bins, candidates within reach, reverse edges.
//
// All sums and orders are fixed, so that the same start gives the same bits: counts are whole numbers, and what the
// atomics leave in any order is sorted. A list is due at every `list_every`-th step; `drift` raises a flag when an
// atom went further than half the skin in between, and the block is done again with shorter intervals.
#pragma once
#include "world.h"

// Atom of a kernel with a thread an atom, blocks of 128 that never straddle replicas; -1 beyond the last.
constexpr int atom_threads = 128;
DEVICE int replica_of_block(const World& w) { return blockIdx.x / w.atom_blocks; }
DEVICE int atom_of_thread(const World& w) {
    const int a = (blockIdx.x % w.atom_blocks) * atom_threads + threadIdx.x;
    return a < w.n_atoms ? a : -1;
}

// Along one axis: which bin a fractional coordinate is in. Where there is no period, what lies outside counts to the
// outermost bins: that never brings two atoms further apart in bins.
DEVICE int bin_along(double fraction, int bins) {
    const int b = static_cast<int>(floor(fraction * bins));
    return b < 0 ? 0 : b >= bins ? bins - 1 : b;
}

// Bring an atom back into the cell, note its bin and count it.
extern "C" __global__ void __launch_bounds__(atom_threads) fold(const World* __restrict__ world) {
    const World& w = *world;
    const int r = replica_of_block(w), a = atom_of_thread(w);
    if (a < 0 || finished(w, r) || !list_due(w, r)) return;
    const Replica& replica = w.replica[r];
    const int i = r * w.n_atoms + a;
    Double4 x = w.position[i];
    double fraction[3];
    int taken[3];
    for (int k = 0; k < 3; ++k) {
        fraction[k] = x.x * replica.inverse[k] + x.y * replica.inverse[3 + k] + x.z * replica.inverse[6 + k];
        taken[k] = w.periodic[k] && fabs(fraction[k]) < 1e6 ? static_cast<int>(floor(fraction[k])) : 0;
        fraction[k] -= taken[k];
    }
    if (taken[0] != 0 || taken[1] != 0 || taken[2] != 0) {
        for (int k = 0; k < 3; ++k) {
            x.x -= taken[k] * replica.cell[3 * k];
            x.y -= taken[k] * replica.cell[3 * k + 1];
            x.z -= taken[k] * replica.cell[3 * k + 2];
            w.shift[3 * i + k] += taken[k];
        }
        w.position[i] = x;
    }
    w.listed[i] = x;
    const int bin = (bin_along(fraction[2], w.bins[2]) * w.bins[1] + bin_along(fraction[1], w.bins[1])) * w.bins[0] +
                    bin_along(fraction[0], w.bins[0]);
    w.bin_of[i] = bin;
    atomicAdd(&w.bin_count[r * w.n_bins + bin], 1);
}

// Where each bin starts: a block a replica. Counts become cursors, all zero.
constexpr int scan_threads = 256;
extern "C" __global__ void __launch_bounds__(scan_threads) scan(const World* __restrict__ world) {
    const World& w = *world;
    const int r = blockIdx.x, me = threadIdx.x;
    if (finished(w, r) || !list_due(w, r)) return;
    int* total = reinterpret_cast<int*>(DYNAMIC_SHARED());
    int* count = w.bin_count + r * w.n_bins;
    int* start = w.bin_start + r * (w.n_bins + 1);
    const int share = (w.n_bins + scan_threads - 1) / scan_threads;
    const int first = least(me * share, w.n_bins), last = least(first + share, w.n_bins);
    int sum = 0;
    for (int b = first; b < last; ++b) sum += count[b];
    total[me] = sum;
    __syncthreads();
    for (int reach = 1; reach < scan_threads; reach *= 2) {
        const int before = me >= reach ? total[me - reach] : 0;
        __syncthreads();
        total[me] += before;
        __syncthreads();
    }
    int at = total[me] - sum;
    for (int b = first; b < last; ++b) {
        start[b] = at;
        at += count[b];
        count[b] = 0;
    }
    if (me == scan_threads - 1) start[w.n_bins] = total[me];
}

// Atoms into their bins, in whatever order the atomics give.
extern "C" __global__ void __launch_bounds__(atom_threads) fill(const World* __restrict__ world) {
    const World& w = *world;
    const int r = replica_of_block(w), a = atom_of_thread(w);
    if (a < 0 || finished(w, r) || !list_due(w, r)) return;
    const int bin = w.bin_of[r * w.n_atoms + a];
    const int place = w.bin_start[r * (w.n_bins + 1) + bin] + atomicAdd(&w.bin_count[r * w.n_bins + bin], 1);
    w.slot[r * w.n_atoms + place] = a;
}

// Atoms of a bin in ascending order, with their positions; a warp a bin. Counts are left at zero for the next list.
constexpr int list_threads = 128, list_warps = list_threads / lanes;
extern "C" __global__ void __launch_bounds__(list_threads) order(const World* __restrict__ world) {
    const World& w = *world;
    const int lane = threadIdx.x % lanes, at = blockIdx.x * list_warps + threadIdx.x / lanes;
    const int r = at / w.n_bins, bin = at % w.n_bins;
    if (r >= w.n_replicas || finished(w, r) || !list_due(w, r)) return;
    const int first = w.bin_start[r * (w.n_bins + 1) + bin], last = w.bin_start[r * (w.n_bins + 1) + bin + 1];
    const i64 start = static_cast<i64>(r) * w.n_atoms;
    for (int k = first + lane; k < last; k += lanes) {
        const int mine = w.slot[start + k];
        int rank = 0;
        for (int other = first; other < last; ++other) rank += w.slot[start + other] < mine;
        Double4 x = w.position[start + mine];
        x.w = mine;
        w.binned[start + first + rank] = x;
    }
    if (lane == 0) w.bin_count[r * w.n_bins + bin] = 0;
}

// floor(a / b) for b > 0.
DEVICE int floored(int a, int b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

// What a warp collects: candidates as they are found.
struct Found {
    u32* at;
    int count;
};

// Look through atoms first ... last - 1 of `binned`, all in one periodic image.
DEVICE void search(const World& w, const Double4* binned, int first, int last, int image, Double4 shifted, double limit,
                   int self, Found& found, int lane) {
    for (int k = first + lane; k - lane < last; k += lanes) {
        bool in = false;
        int a = 0;
        if (k < last) {
            const Double4 y = binned[k];
            a = static_cast<int>(y.w);
            const double ex = y.x - shifted.x, ey = y.y - shifted.y, ez = y.z - shifted.z;
            in = ex * ex + ey * ey + ez * ez < limit && a != self;
        }
        const u32 mask = __ballot_sync(~0u, in);
        const int place = found.count + __popc(mask & ((1u << lane) - 1));
        if (in && place < w.room) found.at[place] = static_cast<u32>(a) | static_cast<u32>(image) << atom_bits;
        found.count += __popc(mask);
    }
}

// All atoms and images within reach of an atom, in ascending order of image and atom; a warp an atom. Along x bins are
// contiguous, so each row of bins is looked through as one run, or as several where it crosses into another image.
extern "C" __global__ void __launch_bounds__(list_threads) neighbours(const World* __restrict__ world) {
    const World& w = *world;
    const int lane = threadIdx.x % lanes, warp = threadIdx.x / lanes, i = blockIdx.x * list_warps + warp;
    if (i >= w.n_atoms * w.n_replicas) return;
    const int r = i / w.n_atoms;
    if (finished(w, r) || !list_due(w, r)) return;
    const Double4 x = w.position[i];
    const Double4* binned = w.binned + static_cast<i64>(r) * w.n_atoms;
    const Double4* images = w.image + static_cast<i64>(r) * w.n_images;
    const int* start = w.bin_start + r * (w.n_bins + 1);
    const int nx = w.bins[0], ny = w.bins[1], nz = w.bins[2], home = w.bin_of[i];
    const int bx = home % nx, by = home / nx % ny, bz = home / (nx * ny);
    const int first_x = w.periodic[0] ? bx - w.bin_range[0] : greatest(bx - w.bin_range[0], 0);
    const int last_x = w.periodic[0] ? bx + w.bin_range[0] : least(bx + w.bin_range[0], nx - 1);
    const double limit = w.reach * w.reach;
    Found found{reinterpret_cast<u32*>(DYNAMIC_SHARED()) + warp * w.room, 0};
    for (int z = bz - w.bin_range[2]; z <= bz + w.bin_range[2]; ++z) {
        const int iz = floored(z, nz);
        if (iz != 0 && !w.periodic[2]) continue;
        for (int y = by - w.bin_range[1]; y <= by + w.bin_range[1]; ++y) {
            const int iy = floored(y, ny);
            if (iy != 0 && !w.periodic[1]) continue;
            const int row = ((z - iz * nz) * ny + y - iy * ny) * nx;
            for (int ix = floored(first_x, nx); ix <= floored(last_x, nx); ++ix) {
                const int image = ((iz + w.image_range[2]) * (2 * w.image_range[1] + 1) + iy + w.image_range[1]) *
                                      (2 * w.image_range[0] + 1) + ix + w.image_range[0];
                const Double4 b = images[image];
                const Double4 shifted = {x.x - b.x, x.y - b.y, x.z - b.z, 0};
                const int self = 2 * image + 1 == w.n_images ? i - r * w.n_atoms : -1;
                search(w, binned, start[row + greatest(first_x - ix * nx, 0)],
                       start[row + least(last_x - ix * nx, nx - 1) + 1], image, shifted, limit, self, found, lane);
            }
        }
    }
    const int count = least(found.count, w.room);
    for (int k = count + lane; k < whole(count, 4); k += lanes) found.at[k] = ~0u;
    __syncwarp();
    u32* candidate = w.candidate + static_cast<i64>(i) * w.room;
    for (int k = lane; k < count; k += lanes) {
        const u32 mine = found.at[k];
        int rank = 0;
        for (int other = 0; other < count; other += 4) {  // those beyond the last are larger than any
            const uint4 four = *reinterpret_cast<const uint4*>(found.at + other);
            rank += (four.x < mine) + (four.y < mine) + (four.z < mine) + (four.w < mine);
        }
        candidate[rank] = mine;
    }
    if (lane == 0) {
        w.n_candidates[i] = count;
        if (found.count > w.room) atomicMax(&w.trouble[r].candidates, found.count);
    }
}

// The slot of edge j -> i among those of j; image k of i seen from j is image n_images - 1 - k.
extern "C" __global__ void __launch_bounds__(list_threads) mirror(const World* __restrict__ world) {
    const World& w = *world;
    const int lane = threadIdx.x % lanes, i = blockIdx.x * list_warps + threadIdx.x / lanes;
    if (i >= w.n_atoms * w.n_replicas) return;
    const int r = i / w.n_atoms;
    if (finished(w, r) || !list_due(w, r)) return;
    const i64 row = static_cast<i64>(i) * w.room;
    for (int slot = lane; slot < w.n_candidates[i]; slot += lanes) {
        const u32 c = w.candidate[row + slot];
        const int j = r * w.n_atoms + static_cast<int>(c & atom_mask);
        const u32 wanted =
            static_cast<u32>(i - r * w.n_atoms) | static_cast<u32>(w.n_images - 1 - (c >> atom_bits)) << atom_bits;
        const u32* theirs = w.candidate + static_cast<i64>(j) * w.room;
        int low = 0, high = w.n_candidates[j] - 1;  // a full list may lack it; the block is then done again
        while (low < high) {
            const int middle = (low + high) / 2;
            if (theirs[middle] < wanted)
                low = middle + 1;
            else
                high = middle;
        }
        w.reverse[row + slot] = static_cast<u16>(low);
    }
}
