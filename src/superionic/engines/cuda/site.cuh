// Site energies and the gradients of their edges, one warp an atom: measure the neighbours, descriptors, network,
// and back. An atom is finished in one pass, while its neighbourhood lies in shared memory and registers.
#pragma once
#include "gradients.cuh"

// Returns U_i on every lane and leaves dU/dq in q.
DEVICE double network(const Model& model, Surroundings& around, int type, int lane) {
    double energy = 0;
#pragma unroll
    for (int chunk = 0; chunk < neuron_chunks; ++chunk) {
        const int neuron = chunk * lanes + lane;
        float sum[2] = {0, 0};
#pragma unroll 4
        for (int d = 0; d < n_descriptors; d += 4) {
            const float4 q = *reinterpret_cast<const float4*>(&around.q[d]);
            const float(*weight)[neurons_padded] = &model.network_by_neuron[type][d];
            sum[0] += weight[0][neuron] * q.x;
            sum[1] += weight[1][neuron] * q.y;
            sum[0] += weight[2][neuron] * q.z;
            sum[1] += weight[3][neuron] * q.w;
        }
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
#pragma unroll 2
    for (int neuron = 0; neuron < n_neurons; neuron += 4) {
        const float4 slope = *reinterpret_cast<const float4*>(&around.slope[neuron]);
        const float(*weight)[descriptors_padded] = &model.network_by_descriptor[type][neuron];
#pragma unroll
        for (int c = 0; c < descriptor_chunks; ++c) {
            const int d = lanes * c + lane;
            adjoint[c] += slope.x * weight[0][d] + slope.y * weight[1][d] + slope.z * weight[2][d] + slope.w * weight[3][d];
        }
    }
#pragma unroll
    for (int c = 0; c < descriptor_chunks; ++c) around.q[lanes * c + lane] = adjoint[c];
    __syncwarp();
    return energy - model.b1;
}

// Grid: a warp an atom, replica after replica without gaps. Visiting one species after the other, so that fewer
// coefficients pass through the first-level cache, was tried on an H100: no gain.
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
