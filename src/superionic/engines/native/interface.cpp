// C interface for ctypes: a model, one evaluation, one block of MD. Replicas are shared out to threads; each
// is computed by one thread alone, so results do not depend on their number.
#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

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
    double* positions;               // (replicas, atoms, 3)
    double* velocities;              // (replicas, atoms, 3)
    double* currents;                // (replicas, samples, 2 + types, 3)
    double* potential_energy;        // (replicas, samples)
    double* kinetic_energy;          // (replicas, samples)
    double* heat;                    // (replicas)
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

void write(const Fields& fields, std::int64_t replica, std::int64_t n_atoms, const Results& results) {
    std::copy(fields.site_energy.begin(), fields.site_energy.end(), results.site_energies + replica * n_atoms);
    write(fields.force, results.forces + replica * n_atoms * 3);
    double* total = results.virial + replica * 9;
    std::fill(total, total + 9, 0.0);
    for (std::int64_t i = 0; i < n_atoms; ++i)
        for (int a = 0; a < 3; ++a)
            for (int b = 0; b < 3; ++b) {
                const double value = fields.virial[i].row[a][b];
                total[3 * a + b] += value;
                if (results.atomic_virials) results.atomic_virials[((replica * n_atoms + i) * 3 + a) * 3 + b] = value;
            }
}

// Run `work(replica)` for all replicas on up to `threads` threads; the message of the first failing replica
// goes to `message` (512 bytes). Returns 0, or 1 after a failure.
template <class Work>
int share_out(std::int64_t n_replicas, std::int64_t threads, char* message, Work work) {
    std::atomic<std::int64_t> next{0};
    std::mutex guard;
    std::int64_t failed = n_replicas;
    const auto loop = [&] {
        for (std::int64_t replica; (replica = next++) < n_replicas;) {
            std::string fault;
            try {
                work(replica);
            } catch (const std::exception& error) {
                fault = error.what();
            }
            if (fault.empty()) continue;
            const std::lock_guard<std::mutex> lock(guard);
            if (replica >= failed) continue;
            failed = replica;
            std::snprintf(message, 512, "replica %lld, %s", static_cast<long long>(replica), fault.c_str());
        }
    };
    std::vector<std::thread> others;
    for (std::int64_t i = 1; i < std::min(threads, n_replicas); ++i) others.emplace_back(loop);
    loop();
    for (std::thread& other : others) other.join();
    return failed < n_replicas;
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
    const std::vector<int> species(batch->species, batch->species + batch->n_atoms);
    return share_out(batch->n_replicas, batch->threads, message, [&](std::int64_t r) {
        Replica replica(*model, species, Frame(batch->cell + 9 * r, batch->pbc));
        replica.position = read(batch->positions + r * batch->n_atoms * 3, batch->n_atoms);
        replica.evaluate_once();
        write(replica.fields, r, batch->n_atoms, *results);
    });
}

int superionic_block(const Model* model, const Batch* batch, const Motion* motion, const Results* results,
                     char* message) {
    const std::int64_t n = batch->n_atoms, every = motion->plan.sample_every;
    const std::int64_t samples = every > 0 ? motion->plan.steps / every : 0;
    const std::vector<int> species(batch->species, batch->species + n);
    const std::vector<double> mass(motion->masses, motion->masses + n);
    return share_out(batch->n_replicas, batch->threads, message, [&](std::int64_t r) {
        Replica replica(*model, species, Frame(batch->cell + 9 * r, batch->pbc));
        replica.position = read(batch->positions + r * n * 3, n);
        replica.velocity = read(motion->start_velocities + r * n * 3, n);
        replica.fields.force = read(motion->start_forces + r * n * 3, n);
        const Samples series{motion->currents + r * samples * (2 + n_types) * 3,
                            motion->potential_energy + r * samples, motion->kinetic_energy + r * samples};
        replica.run(motion->plan, mass, r, series);
        write(replica.position, motion->positions + r * n * 3);
        write(replica.velocity, motion->velocities + r * n * 3);
        write(replica.fields, r, n, *results);
        motion->heat[r] = replica.heat;
    });
}

}  // extern "C"
