// Everything the kernels read and write: the potential, the replicas, one block of MD. Laid out again in layout.py.
#pragma once
#include "shape.h"
#include "target.h"

// The coefficients of one potential, as the loops of site.cuh want them.
struct alignas(16) Model {
    float network_by_neuron[n_types][n_descriptors][neurons_padded];     // w0 scaled by q_scaler; lane = neuron
    float network_by_descriptor[n_types][whole(n_neurons, 4)][descriptors_padded];  // the same; lane = descriptor
    float b0[n_types][neurons_padded], w1[n_types][neurons_padded];
    float radial[n_types][n_types][k_radial][radial_padded];         // c_nk
    float radial_series[n_types][n_types][k_radial][radial_padded];  // with c_n0 + sum_k c_nk at k = 0
    float angular_series[n_types][n_types][k_angular][series_length];  // of G_n in 1, 2T_1, 2T_2 ...; then of dG_n/du
    float harmonic_weight[whole(n_harmonics, 4)];                      // (2l+1)/4pi and the addition theorem's factor
    float zbl_strength[whole(n_types * n_types, 4)];   // e^2/(4 pi eps0) Zi Zj, eV Å
    float zbl_inverse_length[whole(n_types * n_types, 4)];  // 1/a, 1/Å
    float cutoff_radial, cutoff_angular, inverse_radial, inverse_angular;  // Å and 1/Å
    float zbl_inner, zbl_outer;
    double b1;
};
static_assert(sizeof(Model) == NEP_MODEL_BYTES, "layout.py packs another Model");

// One replica: its cell and where it stands in the block.
struct Replica {
    double cell[9], inverse[9];                 // rows are lattice vectors; inverse of that matrix
    double deformation[9], inverse_transpose[9];  // of the last rescaling: x' = x D, v' = v D^-T
    double cell_sum[9];                         // of the cells after each rescaling
    double virial[9];                           // of the last step that took it
    double factor;                              // of the thermostat, applied at the next kick
    double heat;                                // given by the thermostat
    double potential;
    int step;                                   // steps done
    int unused;
};

// What went wrong in a block, read once at its end; zero if nothing.
struct Trouble {
    int candidates, radial, angular;  // largest numbers met where there was no room for them
    int late;                         // an atom moved further than the list allows
    int not_finite;                   // the first step with a number that is not finite
    int cell;                         // 1: deformed by over 10 % in a step; 2: outgrew its bins
};

// Candidate: atom of the replica in the low bits, periodic image in the high ones.
constexpr int atom_bits = 22;
constexpr u32 atom_mask = (1u << atom_bits) - 1;

struct World {
    // the batch: N atoms of R replicas lie one after the other
    int n_atoms, n_replicas;
    int n_images, room;  // periodic images looked at; candidates of an atom there is room for
    int bins[3], bin_range[3], image_range[3], periodic[3];
    int n_bins, atom_blocks, warp_blocks;  // bins; blocks of a replica with a thread, a warp an atom
    // the block
    int steps, sample_every, n_samples, list_every, cell_every, thermostatted, isotropic, unused[2];
    double timestep, skin, reach;               // reach: largest cutoff and skin
    double decay, target_kinetic, freedom;      // of the thermostat
    double pressure, cell_rate, kT;             // of the barostat: P0, beta dt/tau for one rescaling
    // what it works on
    const Model* model;
    const double* mass;        // (N) u
    const double* noise;       // (steps, R, 2)
    const double* normals;     // (steps / cell_every, R, 9)
    Replica* replica;          // (R)
    Trouble* trouble;          // (R)
    Double4 *position, *velocity, *force, *listed;  // (R N); position.w is the species
    int* shift;                // (R N, 3) lattice vectors taken off the positions
    Double4* image;            // (R, n_images) lattice translations
    double* site_energy;       // (R N)
    double* atomic_virial;     // (R N, 9) or null
    // neighbours
    int *bin_of, *slot;                // (R N): bin of an atom; atoms bin by bin, as they came
    Double4* binned;                   // (R N): positions bin by bin, in order; w is the atom
    int *bin_count, *bin_start;        // (R, n_bins), (R, n_bins + 1)
    u32* candidate;                    // (R N, room)
    u16* reverse;                      // (R N, room): slot of the edge j -> i among those of j
    int* n_candidates;                 // (R N)
    float4* edge;                      // (R N, room): dU_i/dr_ij, and 1, or 0 beyond the cutoff
    // sums
    double *kinetic_part, *sums_part;  // (R, warp_blocks), (R, warp_blocks, sums_padded)
    double* stress_part;               // (R, atom_blocks, 6)
    double* series;                    // (R, n_samples, 8 + 3 types)
};
static_assert(sizeof(World) == NEP_WORLD_BYTES && sizeof(Replica) == NEP_REPLICA_BYTES, "layout.py differs");

DEVICE bool finished(const World& w, int r) { return w.replica[r].step >= w.steps; }
DEVICE bool cell_moves(const World& w, int r) {
    return w.cell_every > 0 && w.replica[r].step % w.cell_every == 0;
}
DEVICE bool list_due(const World& w, int r) { return w.replica[r].step % w.list_every == 0; }
