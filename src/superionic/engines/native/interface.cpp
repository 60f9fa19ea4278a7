// C interface for ctypes: a model, one evaluation, one block of MD. Whole replicas are shared out to threads; where fewer
// are left than threads, several threads work on each. Results do not depend on the number of threads.
#include <cstdio>

#include "dynamics.h"

using namespace superionic;

namespace {

struct Batch {
    std::int64_t n_replicas, n_atoms, threads;
    const double* positions;      // (replicas, atoms, 3)
    const double* cell;           // (replicas, 3, 3)
    const int* pbc;               // (3)
    const std::int64_t* species;  // (atoms)
};

struct Results {
    double* site_energies;   // (replicas, atoms)
    double* forces;          // (replicas, atoms, 3)
    double* virial;          // (replicas, 3, 3)
    double* atomic_virials;  // (replicas, atoms, 3, 3) or null
};

struct Motion {
    Plan plan;
    const double* masses;            // (atoms)
    const double* start_velocities;  // (replicas, atoms, 3)
    const double* start_forces;      // (replicas, atoms, 3)
    const double* start_virial;      // (replicas, 3, 3), only read where the cell moves
    double* positions;               // (replicas, atoms, 3)
    double* velocities;              // (replicas, atoms, 3)
    double* currents;                // (replicas, samples, 2 + types, 3)
    double* potential_energy;        // (replicas, samples)
    double* kinetic_energy;          // (replicas, samples)
    double* heat;                    // (replicas)
    double* cell;                    // (replicas, 3, 3), this and the next only written where the cell moves
    double* mean_cell;               // (replicas, 3, 3)
};

std::vector<Double4> read(const double* from, std::int64_t count) {
    std::vector<Double4> to(count);
    for (std::int64_t i = 0; i < count; ++i) to[i] = Double4{from[3 * i], from[3 * i + 1], from[3 * i + 2], 0.0};
    return to;
}

void write(const std::vector<Double4>& from, double* to) {
    for (std::size_t i = 0; i < from.size(); ++i)
        for (int a = 0; a < 3; ++a) to[3 * i + a] = from[i][a];
}

void write(const Replica& of, std::int64_t replica, std::int64_t n_atoms, const Results& results) {
    const Fields& fields = of.fields;
    std::copy(fields.site_energy.begin(), fields.site_energy.end(), results.site_energies + replica * n_atoms);
    write(fields.force, results.forces + replica * n_atoms * 3);
    flatten(fields.total_virial.sum, results.virial + replica * 9);
    if (!results.atomic_virials) return;
    double* to = results.atomic_virials + replica * n_atoms * 9;
    for (std::int64_t i = 0; i < n_atoms; ++i)
        for (int a = 0; a < 3; ++a)
            for (int b = 0; b < 3; ++b) *to++ = fields.virial[i].row[a][b];
}

// Run work(), and report how it went: 0, 1 after a failure, 2 after the refusal of what was asked for.
template <class Work>
int guarded(std::string& fault, Work work) {
    try {
        work();
        return 0;
    } catch (const Refusal& refusal) {
        fault = refusal.what();
        return 2;
    } catch (const std::exception& error) {
        fault = error.what();
        return 1;
    }
}

// Run work(replica, members) for all replicas on up to `threads` threads, `members` of them for each. Returns what the
// first failing replica returned; its message goes to `message` (512 bytes).
template <class Work>
int share_out(std::size_t n_replicas, std::size_t threads, char* message, Work work) {
    std::vector<int> outcome(n_replicas, 0);
    std::vector<std::string> fault(n_replicas);
    const auto run = [&](std::size_t r, std::size_t members) {
        outcome[r] = guarded(fault[r], [&] { work(r, members); });
    };
    const std::size_t left = n_replicas % threads, alone = n_replicas - left;
    Team(std::max<std::size_t>(1, std::min(threads, alone))).share(alone, [&](std::size_t r, std::size_t) { run(r, 1); });
    if (left) Team(left).share(left, [&](std::size_t n, std::size_t) { run(alone + n, threads / left + (n < threads % left)); });
    for (std::size_t r = 0; r < n_replicas; ++r)
        if (outcome[r]) {
            std::snprintf(message, 512, "replica %zu, %s", r, fault[r].c_str());
            return outcome[r];
        }
    return 0;
}

}  // namespace

extern "C" {

Model* superionic_model(const Parameters* given) {
    try {
        return new Model(*given);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void superionic_free(Model* model) { delete model; }

int superionic_compute(const Model* model, const Batch* batch, const Results* results, char* message) {
    const std::int64_t n = batch->n_atoms;
    const std::vector<int> species(batch->species, batch->species + n);
    return share_out(batch->n_replicas, batch->threads, message, [&](std::size_t r, std::size_t members) {
        Replica replica(*model, species, batch->cell + 9 * r, batch->pbc, members);
        replica.position = read(batch->positions + r * n * 3, n);
        replica.evaluate_once(results->atomic_virials != nullptr);
        write(replica, r, n, *results);
    });
}

int superionic_block(const Model* model, const Batch* batch, const Motion* motion, const Results* results,
                     char* message) {
    const std::int64_t n = batch->n_atoms, every = motion->plan.sample_every;
    const std::int64_t samples = every > 0 ? motion->plan.steps / every : 0;
    const std::vector<int> species(batch->species, batch->species + n);
    const std::vector<double> mass(motion->masses, motion->masses + n);
    return share_out(batch->n_replicas, batch->threads, message, [&](std::size_t r, std::size_t members) {
        Replica replica(*model, species, batch->cell + 9 * r, batch->pbc, members);
        replica.position = read(batch->positions + r * n * 3, n);
        replica.velocity = read(motion->start_velocities + r * n * 3, n);
        replica.fields.force = read(motion->start_forces + r * n * 3, n);
        if (motion->plan.rescaling.every) replica.fields.total_virial.sum = matrix(motion->start_virial + r * 9);
        const Samples series{motion->currents + r * samples * (2 + n_types) * 3,
                            motion->potential_energy + r * samples, motion->kinetic_energy + r * samples};
        replica.run(motion->plan, mass, r, series);
        write(replica.position, motion->positions + r * n * 3);
        write(replica.velocity, motion->velocities + r * n * 3);
        write(replica, r, n, *results);
        motion->heat[r] = replica.heat;
        if (motion->plan.rescaling.every) {
            flatten(replica.cell, motion->cell + r * 9);
            flatten(replica.mean_cell, motion->mean_cell + r * 9);
        }
    });
}

}  // extern "C"
