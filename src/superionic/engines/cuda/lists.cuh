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

// Atoms of a bin in ascending order; a warp a bin. Counts are left at zero for the next list.
constexpr int list_threads = 128;
extern "C" __global__ void __launch_bounds__(list_threads) order(const World* __restrict__ world) {
    const World& w = *world;
    const int lane = threadIdx.x % lanes, at = blockIdx.x * (list_threads / lanes) + threadIdx.x / lanes;
    const int r = at / w.n_bins, bin = at % w.n_bins;
    if (r >= w.n_replicas || finished(w, r) || !list_due(w, r)) return;
    const int first = w.bin_start[r * (w.n_bins + 1) + bin], last = w.bin_start[r * (w.n_bins + 1) + bin + 1];
    const int* slot = w.slot + static_cast<i64>(r) * w.n_atoms;
    for (int k = first + lane; k < last; k += lanes) {
        const int mine = slot[k];
        int rank = 0;
        for (int other = first; other < last; ++other) rank += slot[other] < mine;
        w.sorted[static_cast<i64>(r) * w.n_atoms + first + rank] = mine;
    }
    if (lane == 0) w.bin_count[r * w.n_bins + bin] = 0;
}

// Remainder and quotient of a bin that may lie in a neighbouring cell.
DEVICE int wrapped(int bin, int bins, int& image) {
    image = bin >= 0 ? bin / bins : -((bins - 1 - bin) / bins);
    return bin - image * bins;
}

// All atoms and images within reach of an atom; a warp an atom.
extern "C" __global__ void __launch_bounds__(list_threads) neighbours(const World* __restrict__ world) {
    const World& w = *world;
    const int lane = threadIdx.x % lanes, i = blockIdx.x * (list_threads / lanes) + threadIdx.x / lanes;
    if (i >= w.n_atoms * w.n_replicas) return;
    const int r = i / w.n_atoms;
    if (finished(w, r) || !list_due(w, r)) return;
    const Double4 x = w.position[i];
    const Double4* position = w.position + static_cast<i64>(r) * w.n_atoms;
    const Double4* images = w.image + static_cast<i64>(r) * w.n_images;
    const int* sorted = w.sorted + static_cast<i64>(r) * w.n_atoms;
    const int* start = w.bin_start + r * (w.n_bins + 1);
    u32* candidate = w.candidate + static_cast<i64>(i) * w.room;
    const int home = w.bin_of[i];
    const int bx = home % w.bins[0], by = home / w.bins[0] % w.bins[1], bz = home / (w.bins[0] * w.bins[1]);
    const double limit = w.reach * w.reach;
    int found = 0, ix, iy, iz;
    for (int dz = -w.bin_range[2]; dz <= w.bin_range[2]; ++dz) {
        const int z = wrapped(bz + dz, w.bins[2], iz);
        if (iz != 0 && !w.periodic[2]) continue;
        for (int dy = -w.bin_range[1]; dy <= w.bin_range[1]; ++dy) {
            const int y = wrapped(by + dy, w.bins[1], iy);
            if (iy != 0 && !w.periodic[1]) continue;
            for (int dx = -w.bin_range[0]; dx <= w.bin_range[0]; ++dx) {
                const int bin = (z * w.bins[1] + y) * w.bins[0] + wrapped(bx + dx, w.bins[0], ix);
                if (ix != 0 && !w.periodic[0]) continue;
                const int image = ((iz + w.image_range[2]) * (2 * w.image_range[1] + 1) + iy + w.image_range[1]) *
                                      (2 * w.image_range[0] + 1) + ix + w.image_range[0];
                const Double4 b = images[image];
                const bool own = 2 * image + 1 == w.n_images;
                for (int first = start[bin]; first < start[bin + 1]; first += lanes) {
                    bool in = false;
                    int a = 0;
                    if (first + lane < start[bin + 1]) {
                        a = sorted[first + lane];
                        const Double4 y4 = position[a];
                        const double ex = y4.x + b.x - x.x, ey = y4.y + b.y - x.y, ez = y4.z + b.z - x.z;
                        in = ex * ex + ey * ey + ez * ez < limit && !(own && r * w.n_atoms + a == i);
                    }
                    const u32 mask = __ballot_sync(~0u, in);
                    const int place = found + __popc(mask & ((1u << lane) - 1));
                    if (in && place < w.room)
                        candidate[place] = static_cast<u32>(a) | static_cast<u32>(image) << atom_bits;
                    found += __popc(mask);
                }
            }
        }
    }
    if (lane == 0) {
        w.n_candidates[i] = least(found, w.room);
        if (found > w.room) atomicMax(&w.trouble[r].candidates, found);
    }
}

// The slot of edge j -> i among those of j; image k of i seen from j is image n_images - 1 - k.
extern "C" __global__ void __launch_bounds__(list_threads) mirror(const World* __restrict__ world) {
    const World& w = *world;
    const int lane = threadIdx.x % lanes, i = blockIdx.x * (list_threads / lanes) + threadIdx.x / lanes;
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
        const int count = w.n_candidates[j];
        int k = 0;
        while (k < count - 1 && theirs[k] != wanted) ++k;  // a full list may lack it; the block is then done again
        w.reverse[row + slot] = static_cast<u16>(k);
    }
}
