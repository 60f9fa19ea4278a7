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
    Tensor total_virial;             // their sum; filled on request, and without them
};

// U_i, and dU_i/dr_ij of all its edges in env.edge_force.
inline double site(const Model& model, int type, Environment& env) {
    radial_descriptors(model, type, env);
    angular_sums(model, type, env);
    UNROLL for (int v = 0; v < n_vectors; ++v) angular_descriptors(env, v);
    double energy = network(model, type, env);
    UNROLL for (int v = 0; v < n_vectors; ++v) angular_adjoints(env, v);
    radial_forces(model, type, env);
    angular_forces(env);
    if constexpr (has_zbl) energy += repulsion(model, type, env);
    return energy;
}

// Every directed edge i -> j pushes i by dU_i/dr_ij and j by the opposite, and gives j the virial
// -r_ij dU_i/dr_ij. `force` and `virial` belong to all that the chunk sees.
template <bool with_virials>
inline void scatter(const Listed& listed, const std::uint32_t* candidate, const Environment& env, Double4* force,
                    AtomVirial* virial) {
    Double4 own = {};
    for (int t = 0; t < n_types; ++t)
        for (int k = env.radial_begin[t]; k < env.radial_begin[t] + env.radial_count[t]; ++k) {
            const std::uint32_t slot = env.radial_slot[k], j = candidate[slot];
            const Real4 edge = env.edge_force[slot];
            const Double4 push = __builtin_convertvector(edge, Double4);
            own += push;
            force[j] -= push;
            if constexpr (with_virials) {
                const Real* displacement = reinterpret_cast<const Real*>(&env.record[slot]);
                UNROLL for (int a = 0; a < 3; ++a) virial[j].row[a] -= displacement[a] * edge;
            }
        }
    force[listed.centre] += own;
}

// The sum of all -r_ij dU_i/dr_ij of a chunk, from what its edges do to all that it sees: pushes come in opposite pairs,
// so the origin does not matter.
inline Tensor virial_of_pushes(const Chunk& chunk, const Double4* position, const Double4* force) {
    Tensor virial;
    for (std::size_t k = 0; k < chunk.visible.size(); ++k) virial.add(position[k] - position[0], force[k]);
    return virial;
}

// One for each member of a team.
struct Workspace {
    Environment env;
    Buffer<Double4> position;  // of all that a chunk sees
};

// What chunks do to all that they see; of all chunks for a team, else of one after the other. Zero between evaluations.
struct Pushes {
    Buffer<Double4> folded;  // positions in the frame
    Buffer<Double4> force;
    Buffer<AtomVirial> virial;
};

// The site energies of a chunk's atoms, and what these do to all that the chunk sees.
template <bool with_virials>
inline void evaluate_chunk(const Model& model, const std::vector<int>& species, const Bins& bins, const Chunk& chunk,
                           const Double4* folded, Workspace& workspace, Double4* force, AtomVirial* virial,
                           double* site_energy) {
    Environment& env = workspace.env;
    env.reserve(chunk.longest);
    workspace.position.reserve(chunk.visible.size());
    Double4* position = workspace.position.data();
    for (std::size_t k = 0; k < chunk.visible.size(); ++k) {
        const Visible seen = chunk.visible[k];
        position[k] = folded[seen.atom] + bins.images[seen.image];
    }
    for (const Listed& listed : chunk.listed) {
        const std::uint32_t* candidate = chunk.candidate.data() + listed.first;
        const int type = species[listed.atom];
        gather(model, type, listed, candidate, position, env);
        site_energy[listed.atom] = site(model, type, env);
        scatter<with_virials>(listed, candidate, env, force, virial);
    }
}

// Add, and leave zero behind for the next time.
inline void collect(Double4& sum, Double4& push) {
    sum += push;
    push = Double4{};
}
inline void collect(AtomVirial& sum, AtomVirial& push) {
    UNROLL for (int a = 0; a < 3; ++a) {
        sum.row[a] += push.row[a];
        push.row[a] = Real4{};
    }
}

// Energies and forces, the total virial where wanted, the atoms' virials where `with_virials`.
//
// An atom's force is the sum of the pushes of all chunks that see it, in the order of the chunks, for a team as for a
// single thread: the former keeps them all and sums afterwards, the latter adds those of a chunk while they are in the cache.
template <bool with_virials>
inline void evaluate(const Model& model, const std::vector<int>& species, const VerletList& list,
                     const std::vector<Double4>& positions, Team& team, std::vector<Workspace>& workspaces, Pushes& pushes,
                     bool with_total, Fields& fields) {
    const std::size_t n_atoms = species.size();
    const bool split = team.size() > 1;
    std::size_t slots = list.n_slots();
    if (!split) {
        slots = 0;
        for (const Chunk& chunk : list.chunks) slots = std::max(slots, chunk.visible.size());
    }
    pushes.force.reserve(slots);
    if constexpr (with_virials) pushes.virial.reserve(slots);
    fields.site_energy.resize(n_atoms);
    fields.force.assign(n_atoms, Double4{});
    if constexpr (with_virials) fields.virial.assign(n_atoms, AtomVirial{});
    pushes.folded.reserve(n_atoms);
    share_atoms(team, n_atoms, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t i = begin; i < end; ++i) pushes.folded[i] = positions[i] + list.bins.offset[i];
    });
    std::vector<Tensor> total(with_total ? list.chunks.size() : 0);
    team.share(list.chunks.size(), [&](std::size_t number, std::size_t member) {
        const Chunk& chunk = list.chunks[number];
        Double4* force = pushes.force.data() + (split ? chunk.first_slot : 0);
        AtomVirial* virial = pushes.virial.data() + (split && with_virials ? chunk.first_slot : 0);
        evaluate_chunk<with_virials>(model, species, list.bins, chunk, pushes.folded.data(), workspaces[member], force, virial,
                                     fields.site_energy.data());
        if (with_total) total[number] = virial_of_pushes(chunk, workspaces[member].position.data(), force);
        if (split) return;
        for (std::size_t k = 0; k < chunk.visible.size(); ++k) {
            collect(fields.force[chunk.visible[k].atom], force[k]);
            if constexpr (with_virials) collect(fields.virial[chunk.visible[k].atom], virial[k]);
        }
    });
    fields.total_virial = {};
    for (const Tensor& part : total) fields.total_virial += part;
    if (!split) return;
    share_atoms(team, n_atoms, [&](std::size_t begin, std::size_t end, std::size_t) {
        for (std::size_t i = begin; i < end; ++i)
            for (const std::uint32_t *slot = list.slots(i), *stop = list.slots_end(i); slot != stop; ++slot) {
                collect(fields.force[i], pushes.force[*slot]);
                if constexpr (with_virials) collect(fields.virial[i], pushes.virial[*slot]);
            }
    });
}

}  // namespace superionic
