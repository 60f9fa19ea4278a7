// The shape of one potential, fixed when the kernels are compiled, and the padded sizes that follow from it.
//
// The compiler is given the sizes of the model and how many neighbours of an atom there is room for. Knowing them
// it keeps sums over n and over harmonics in registers; rows over n are padded with zeros to whole float4.
#pragma once
#include "target.h"

constexpr int n_types = NEP_TYPES;
constexpr int n_radial = NEP_N_RADIAL;    // radial functions, n_max + 1
constexpr int n_angular = NEP_N_ANGULAR;  // angular functions, n_max + 1
constexpr int k_radial = NEP_K_RADIAL;    // basis functions behind each, basis_size + 1
constexpr int k_angular = NEP_K_ANGULAR;
constexpr int l_max = NEP_L_MAX;
constexpr bool four_body = NEP_FOUR_BODY;
constexpr bool five_body = NEP_FIVE_BODY;
constexpr int n_neurons = NEP_NEURONS;
constexpr bool has_zbl = NEP_ZBL;
constexpr int max_radial = NEP_MAX_RADIAL;    // neighbours within the radial cutoff there is room for
constexpr int max_angular = NEP_MAX_ANGULAR;  // within the angular cutoff
constexpr int site_threads = NEP_SITE_THREADS;  // of a block of the kernel `site`, one warp an atom
constexpr int site_blocks = NEP_SITE_BLOCKS;    // of them on a multiprocessor at once, at least

static_assert(l_max >= 1 && l_max <= 4, "harmonics are written out for l = 1 ... 4");
static_assert(!four_body || l_max >= 2, "the cubic invariant is one of l = 2");
static_assert(max_radial < 65536, "slots are kept in 16 bits");

DEVICE constexpr int least(int a, int b) { return a < b ? a : b; }
DEVICE constexpr int greatest(int a, int b) { return a > b ? a : b; }
DEVICE constexpr int whole(int n, int unit) { return (n + unit - 1) / unit * unit; }

constexpr int lanes = 32;
constexpr int site_warps = site_threads / lanes;
constexpr int radial_padded = whole(n_radial, 4);
constexpr int angular_padded = whole(n_angular, 4);
constexpr int series_length = 2 * angular_padded;  // G_n, then dG_n/du
constexpr int k_padded = whole(k_radial, 4);

// Radial descriptors: where the sums over neighbours of f_k, species by species, fit into registers, they are taken
// first and multiplied by c_nk once per atom; else c_nk f_k is summed.
constexpr bool radial_by_species = n_types * k_radial <= 48;
constexpr int radial_sums = whole(radial_by_species ? n_types * k_radial : n_radial, 16);  // reduced 16 at a time

constexpr int n_harmonics = (l_max + 1) * (l_max + 1) - 1;  // all (l, m) with l >= 1
constexpr int angular_rows = l_max + four_body + five_body;
// Descriptors: radial, then row after row of the angular ones, each filled up to whole float4.
constexpr int n_descriptors = radial_padded + angular_rows * angular_padded;
constexpr int descriptor_chunks = (n_descriptors + lanes - 1) / lanes;
constexpr int descriptors_padded = lanes * descriptor_chunks;
constexpr int neuron_chunks = (n_neurons + lanes - 1) / lanes;
constexpr int neurons_padded = lanes * neuron_chunks;

// s_nlm is summed by register tiles: two halves of the neighbours x two parts of n x eight parts of (l, m).
constexpr int tile_n = angular_padded / 2;
constexpr int tile_m = (n_harmonics + 7) / 8;
// Rows of harmonics: whole float4, an odd number of them, so that 32 lanes write theirs free of bank conflicts.
constexpr int harmonics_padded = 4 * (greatest(whole(n_harmonics, 4), 8 * tile_m) / 4 | 1);

// Sums over atoms that a step may leave: see motion.cuh.
constexpr int sum_potential = 0, sum_kinetic_flow = 1, sum_potential_flow = 4, sum_work = 7;
constexpr int sum_momenta = 10, sum_virial = 10 + 3 * n_types;
constexpr int n_sums = sum_virial + 9;
constexpr int sums_padded = whole(n_sums, lanes);
