// Site energies, forces and per-atom virials of one replica.
#pragma once

#include "angular.h"
#include "invariants.h"
#include "network.h"
#include "zbl.h"

namespace superionic {

struct alignas(4 * sizeof(Real4)) AtomVirial {
    Real4 row[3];  // first index: direction of r; second: of the force
};

struct Fields {
    std::vector<double> site_energy;
    std::vector<Double4> force;
    std::vector<AtomVirial> virial;  // W_i = sum_j r_ij dU_j/dr_ji; filled on request
};

// U_i, and dU_i/dr_ij of all its edges in around.edge_force.
inline double site(const Model& model, int type, Environment& around) {
    radial_descriptors(model, type, around);
    angular_sums(model, type, around);
    UNROLL for (int v = 0; v < n_vectors; ++v) angular_descriptors(around, v);
    double energy = network(model, type, around);
    UNROLL for (int v = 0; v < n_vectors; ++v) angular_adjoints(around, v);
    radial_forces(model, type, around);
    angular_forces(around);
    if constexpr (has_zbl) energy += repulsion(model, type, around);
    return energy;
}

// Every directed edge i -> j pushes i by dU_i/dr_ij and j by the opposite, and gives j the virial
// -r_ij dU_i/dr_ij.
template <bool with_virials>
inline void scatter(const Candidate* candidate, std::uint32_t i, const Environment& around, Fields& fields) {
    Double4 own = {};
    for (int t = 0; t < n_types; ++t)
        for (int k = around.radial_begin[t]; k < around.radial_begin[t] + around.radial_count[t]; ++k) {
            const std::uint32_t slot = around.radial_slot[k], j = candidate[slot].atom;
            const Real4 force = around.edge_force[slot];
            const Double4 push = __builtin_convertvector(force, Double4);
            own += push;
            fields.force[j] -= push;
            if constexpr (with_virials) {
                const Real* apart = reinterpret_cast<const Real*>(&around.row[slot]);
                UNROLL for (int a = 0; a < 3; ++a) fields.virial[j].row[a] -= apart[a] * force;
            }
        }
    fields.force[i] += own;
}

template <bool with_virials>
inline void evaluate(const Model& model, const std::vector<int>& species, const VerletList& list,
                     const std::vector<Double4>& folded, Environment& around, Fields& fields) {
    const auto n_atoms = species.size();
    fields.site_energy.resize(n_atoms);
    fields.force.assign(n_atoms, Double4{});
    if constexpr (with_virials) fields.virial.assign(n_atoms, AtomVirial{});
    around.reserve(list.longest);
    for (std::size_t n = 0; n < n_atoms; ++n) {
        const std::uint32_t i = list.order[n];
        if (n + 1 < n_atoms) list.prefetch(list.order[n + 1]);
        gather(model, list, folded.data(), i, around);
        fields.site_energy[i] = site(model, species[i], around);
        scatter<with_virials>(list.begin(i), i, around, fields);
    }
}

}  // namespace superionic
