// One step of velocity Verlet: the first half kick and the move; forces gathered from the edges of both ends and the
// second half kick; sums over atoms, thermostat, samples.
#pragma once
#include "lists.cuh"

DEVICE double thread_total(double value, double* shared, int threads) {
    const int me = threadIdx.x;
    __syncthreads();
    shared[me] = value;
    __syncthreads();
    for (int half = threads / 2; half; half /= 2) {
        if (me < half) shared[me] += shared[me + half];
        __syncthreads();
    }
    return shared[0];
}

// The number of the step under way, from 1; `close_step` counts it as done.
DEVICE int step_of(const World& w, int r) { return w.replica[r].step + 1; }
DEVICE bool sampled(const World& w, int step) { return w.sample_every > 0 && step % w.sample_every == 0; }
DEVICE bool takes_virial(const World& w, int step) {
    return step == w.steps || (w.cell_every > 0 && step % w.cell_every == 0);
}

// v <- factor v + dt/2 F/m, x <- x + dt v. Where the cell moves, `kick` has done the first, and the deformation of the
// replica comes between.
extern "C" __global__ void __launch_bounds__(atom_threads) drift(const World* __restrict__ world) {
    const World& w = *world;
    const int r = replica_of_block(w), a = atom_of_thread(w);
    if (a < 0 || finished(w, r)) return;
    const Replica& replica = w.replica[r];
    const int i = r * w.n_atoms + a;
    Double4 v = w.velocity[i], x = w.position[i];
    if (cell_moves(w, r)) {
        const double *d = replica.deformation, *t = replica.inverse_transpose;
        x = {x.x * d[0] + x.y * d[3] + x.z * d[6], x.x * d[1] + x.y * d[4] + x.z * d[7],
             x.x * d[2] + x.y * d[5] + x.z * d[8], x.w};
        v = {v.x * t[0] + v.y * t[3] + v.z * t[6], v.x * t[1] + v.y * t[4] + v.z * t[7],
             v.x * t[2] + v.y * t[5] + v.z * t[8], 0};
    } else {
        const double kick = 0.5 * w.timestep / w.mass[a], factor = replica.factor;
        const Double4 f = w.force[i];
        v = {v.x * factor + kick * f.x, v.y * factor + kick * f.y, v.z * factor + kick * f.z, 0};
    }
    x.x += w.timestep * v.x;
    x.y += w.timestep * v.y;
    x.z += w.timestep * v.z;
    w.velocity[i] = v;
    w.position[i] = x;
    if (list_due(w, r)) return;  // made anew right away
    const Double4 from = w.listed[i];
    const double ax = x.x - from.x, ay = x.y - from.y, az = x.z - from.z;
    if (ax * ax + ay * ay + az * az > 0.25 * w.skin * w.skin) w.trouble[r].late = 1;
}

DEVICE double lane_sum(double value) {
#pragma unroll
    for (int offset = 16; offset; offset /= 2) value += __shfl_xor_sync(~0u, value, offset);
    return value;
}
DEVICE float lane_sum(float value) {
#pragma unroll
    for (int offset = 16; offset; offset /= 2) value += __shfl_xor_sync(~0u, value, offset);
    return value;
}

// What one atom adds to the sums of its block, W its virial.
DEVICE void contribute(const World& w, double* sums, int i, double mass, Double4 v, const float (&W)[9]) {
    const double energy = w.site_energy[i], kinetic = 0.5 * mass * (v.x * v.x + v.y * v.y + v.z * v.z);
    const double velocity[3] = {v.x, v.y, v.z};
    sums[sum_potential] = energy;
    for (int t = 0; t < 3 * n_types; ++t) sums[sum_momenta + t] = 0;
    const int type = static_cast<int>(w.position[i].w);
    for (int k = 0; k < 3; ++k) {
        sums[sum_kinetic_flow + k] = kinetic * velocity[k];
        sums[sum_potential_flow + k] = energy * velocity[k];
        sums[sum_work + k] = W[3 * k] * v.x + W[3 * k + 1] * v.y + W[3 * k + 2] * v.z;
        sums[sum_momenta + 3 * type + k] = mass * velocity[k];
    }
    for (int k = 0; k < 9; ++k) sums[sum_virial + k] = W[k];
}

// F_i = sum_j (dU_i/dr_ij - dU_j/dr_ji) and the second half kick; W_i = sum_j r_ij dU_j/dr_ji where it is wanted.
// A warp an atom, eight atoms a block, no block straddles replicas.
constexpr int gather_threads = 256, gather_atoms = gather_threads / lanes;
extern "C" __global__ void __launch_bounds__(gather_threads) gather(const World* __restrict__ world) {
    const World& w = *world;
    const int lane = threadIdx.x % lanes, warp = threadIdx.x / lanes;
    const int r = blockIdx.x / w.warp_blocks, block = blockIdx.x % w.warp_blocks;
    if (finished(w, r)) return;
    const int a = block * gather_atoms + warp, i = r * w.n_atoms + a, step = step_of(w, r);
    const bool currents = sampled(w, step) || takes_virial(w, step) || w.atomic_virial;
    double (*sums)[sums_padded] = reinterpret_cast<double (*)[sums_padded]>(DYNAMIC_SHARED());
    double* kinetic = &sums[gather_atoms][0];
    if (lane == 0) kinetic[warp] = 0;
    if (currents)
        for (int k = lane; k < sums_padded; k += lanes) sums[warp][k] = 0;
    __syncwarp();
    if (a < w.n_atoms) {
        const Double4* position = w.position + static_cast<i64>(r) * w.n_atoms;
        const Double4* image = w.image + static_cast<i64>(r) * w.n_images;
        const i64 row = static_cast<i64>(i) * w.room, replica_row = static_cast<i64>(r) * w.n_atoms * w.room;
        const int count = w.n_candidates[i];
        const Double4 x = w.position[i];
        double fx = 0, fy = 0, fz = 0;
        float W[9] = {0, 0, 0, 0, 0, 0, 0, 0, 0};
        for (int slot = lane; slot < count; slot += lanes) {
            const u32 c = w.candidate[row + slot];
            const i64 j = c & atom_mask;
            const float4 out = w.edge[row + slot];
            if (out.w == 0) continue;  // beyond the cutoff
            const float4 in = w.edge[replica_row + j * w.room + w.reverse[row + slot]];
            fx += out.x - in.x;
            fy += out.y - in.y;
            fz += out.z - in.z;
            if (!currents) continue;
            const Double4 y = position[j], b = image[c >> atom_bits];
            const float d[3] = {static_cast<float>(y.x + b.x - x.x), static_cast<float>(y.y + b.y - x.y),
                                static_cast<float>(y.z + b.z - x.z)};
#pragma unroll
            for (int k = 0; k < 3; ++k) {
                W[3 * k] += d[k] * in.x;
                W[3 * k + 1] += d[k] * in.y;
                W[3 * k + 2] += d[k] * in.z;
            }
        }
        fx = lane_sum(fx);
        fy = lane_sum(fy);
        fz = lane_sum(fz);
        if (currents)
#pragma unroll
            for (int k = 0; k < 9; ++k) W[k] = lane_sum(W[k]);
        if (lane == 0) {
            const double mass = w.mass[a], kick = 0.5 * w.timestep / mass;
            Double4 v = w.velocity[i];
            v = {v.x + kick * fx, v.y + kick * fy, v.z + kick * fz, 0};
            w.velocity[i] = v;
            w.force[i] = {fx, fy, fz, 0};
            kinetic[warp] = 0.5 * mass * (v.x * v.x + v.y * v.y + v.z * v.z);
            if (currents) contribute(w, sums[warp], i, mass, v, W);
            if (w.atomic_virial)
                for (int k = 0; k < 9; ++k) w.atomic_virial[9ll * i + k] = W[k];
        }
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        double sum = 0;
        for (int k = 0; k < gather_atoms; ++k) sum += kinetic[k];
        w.kinetic_part[r * w.warp_blocks + block] = sum;
    }
    if (currents && threadIdx.x < n_sums) {
        double sum = 0;
        for (int k = 0; k < gather_atoms; ++k) sum += sums[k][threadIdx.x];
        w.sums_part[(static_cast<i64>(r) * w.warp_blocks + block) * sums_padded + threadIdx.x] = sum;
    }
}

// Bussi, Donadio, Parrinello, J. Chem. Phys. 126, 014101 (2007), eq. A7: the square of the factor for all velocities.
DEVICE double rescaling(const World& w, int r, int step, double kinetic) {
    if (!w.thermostatted) return 1;
    const double* noise = w.noise + 2 * (static_cast<i64>(step - 1) * w.n_replicas + r);
    const double c = w.decay, ratio = w.target_kinetic / (w.freedom * kinetic);
    return c + (1 - c) * ratio * (noise[0] * noise[0] + noise[1]) + 2 * noise[0] * sqrt(c * (1 - c) * ratio);
}

// One block a replica: kinetic energy, thermostat, currents; all sums in a fixed order. Ends the step.
constexpr int close_threads = 256, close_rows = close_threads / lanes;
extern "C" __global__ void __launch_bounds__(close_threads) close_step(const World* __restrict__ world) {
    const World& w = *world;
    const int r = blockIdx.x, me = threadIdx.x;
    if (finished(w, r)) return;
    Replica& replica = w.replica[r];
    const int step = step_of(w, r);
    const bool sample = sampled(w, step), virial = takes_virial(w, step);
    double* shared = reinterpret_cast<double*>(DYNAMIC_SHARED());
    double part = 0;
    for (int b = me; b < w.warp_blocks; b += close_threads) part += w.kinetic_part[r * w.warp_blocks + b];
    const double kinetic = thread_total(part, shared, close_threads);
    double* sums = shared + close_threads;  // (close_rows, sums_padded), the total in the first row
    if (sample || virial) {
        for (int k = me % lanes; k < n_sums; k += lanes) {
            double sum = 0;
            for (int b = me / lanes; b < w.warp_blocks; b += close_rows)
                sum += w.sums_part[(static_cast<i64>(r) * w.warp_blocks + b) * sums_padded + k];
            sums[me / lanes * sums_padded + k] = sum;
        }
        __syncthreads();
        if (me < n_sums)
            for (int row = 1; row < close_rows; ++row) sums[me] += sums[row * sums_padded + me];
        __syncthreads();
    }
    if (me) return;
    const double squared = rescaling(w, r, step, kinetic), factor = sqrt(squared);
    if (!(factor < 1e300 && kinetic < 1e300) && w.trouble[r].not_finite == 0) w.trouble[r].not_finite = step;
    replica.heat += kinetic * (squared - 1);
    replica.factor = factor;
    replica.step = step;
    if (virial) {
        replica.potential = sums[sum_potential];
        for (int k = 0; k < 9; ++k) replica.virial[k] = sums[sum_virial + k];
    }
    if (!sample) return;
    double* out = w.series + (static_cast<i64>(r) * w.n_samples + step / w.sample_every - 1) * (8 + 3 * n_types);
    for (int k = 0; k < 3; ++k) {
        out[k] = squared * factor * sums[sum_kinetic_flow + k] + factor * sums[sum_potential_flow + k];
        out[3 + k] = factor * sums[sum_work + k];
    }
    for (int k = 0; k < 3 * n_types; ++k) out[6 + k] = factor * sums[sum_momenta + k];
    out[6 + 3 * n_types] = sums[sum_potential];
    out[7 + 3 * n_types] = squared * kinetic;
}
