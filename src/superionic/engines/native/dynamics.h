// One block of molecular dynamics of one replica.
#pragma once

#include "cell.h"
#include "potential.h"

namespace superionic {

struct Plan {
    double timestep, skin;
    double decay;           // exp(-timestep / thermostat period); only with noise
    double target_kinetic;  // eV
    std::int64_t steps, sample_every, n_dof;
    const double* noise;    // (steps, replicas, 2) or null: no thermostat
    std::int64_t n_replicas;
    Rescaling rescaling;
    const volatile int* stop;  // or null; ends the block, with an error, once it is not 0
};

// Views of the caller's arrays for one replica, float64, C order.
struct Samples {
    double* currents;   // (samples, 2 + species, 3)
    double* potential;  // (samples)
    double* kinetic;    // (samples)
};

// J_k = sum (K_i + U_i) v_i, J_p = sum W_i v_i, one mass current per species, and U.
struct Currents {
    Double4 carried{}, work{}, momentum[n_types]{};
    double potential = 0;

    Currents& operator+=(const Currents& other) {
        carried += other.carried;
        work += other.work;
        for (int t = 0; t < n_types; ++t) momentum[t] += other.momentum[t];
        potential += other.potential;
        return *this;
    }
};

// The larger of two, where others are added.
struct Largest {
    double value = 0;

    Largest& operator+=(const Largest& other) {
        value = std::max(value, other.value);
        return *this;
    }
};

class Replica {
   public:
    std::vector<Double4> position, velocity;
    Matrix cell, mean_cell{};  // the latter over the rescalings of a block
    Fields fields;
    double heat = 0;  // given by the thermostat

    // `members`: threads at work on this replica; no result depends on it.
    Replica(const Model& model, const std::vector<int>& species, const double* given_cell, const int* pbc, std::size_t members)
        : cell(matrix(given_cell)), model_(model), species_(species), pbc_(pbc), frame_(given_cell, pbc),
          team_(std::min(members, VerletList::chunks_of(species.size()))), workspaces_(team_.size()) {}

    // Evaluate at the present positions with a fresh list.
    void evaluate_once(bool atomic_virials) {
        rebuild(0.0);
        evaluate_all(true, atomic_virials);
    }

    // `fields.force`, and `fields.total_virial` for a moving cell, must be those at the start. Throws runtime_error or
    // Refusal naming the step.
    void run(const Plan& plan, const std::vector<double>& mass, std::int64_t number, Samples series) {
        rebuild(plan.skin);
        for (std::int64_t step = 1; step <= plan.steps; ++step) {
            if (plan.stop && *plan.stop) throw std::runtime_error("stopped on request");
            const std::string where = "step " + std::to_string(step) + ": ";
            try {
                advance(plan, mass, step, number, series);
            } catch (const Refusal& refusal) {
                throw Refusal(where + refusal.what());
            } catch (const std::runtime_error& error) {
                throw std::runtime_error(where + error.what());
            }
        }
        if (plan.rescaling.every) mean_cell = scaled(mean_cell, double(plan.rescaling.every) / double(plan.steps));
    }

   private:
    const Model& model_;
    const std::vector<int>& species_;
    const int* pbc_;
    Frame frame_;
    Team team_;
    std::vector<Workspace> workspaces_;
    Pushes pushes_;
    VerletList list_;
    std::vector<Double4> listed_;  // where the list was made, deformed like the cell since then
    Matrix strain_ = identity;     // of the cell since then
    double reach_ = 0;             // of the list
    double farthest_ = 0;          // largest squared distance from there

    double cutoff() const { return std::max(model_.cutoff_radial, model_.cutoff_angular); }

    void rebuild(double skin) {
        reach_ = cutoff() + skin;
        list_.build(frame_, position, species_, reach_, team_);
        listed_ = position;
        strain_ = identity;
    }

    void evaluate_all(bool with_virial, bool with_atomic_virials) {
        const auto evaluation = with_atomic_virials ? evaluate<true> : evaluate<false>;
        evaluation(model_, species_, list_, position, team_, workspaces_, pushes_, with_virial, fields);
    }

    // The sum of what `work` adds for each atom, span after span.
    template <class Sum, class Work>
    Sum over_atoms(Work work) {
        std::vector<Sum> part((position.size() + span_atoms - 1) / span_atoms);
        share_atoms(team_, position.size(), [&](std::size_t begin, std::size_t end, std::size_t span) {
            Sum sum{};
            for (std::size_t i = begin; i < end; ++i) work(i, sum);
            part[span] = sum;
        });
        Sum total{};
        for (const Sum& sum : part) total += sum;
        return total;
    }

    void advance(const Plan& plan, const std::vector<double>& mass, std::int64_t step, std::int64_t number,
                 Samples series) {
        const std::int64_t every = plan.rescaling.every;
        const bool sampled = plan.sample_every > 0 && step % plan.sample_every == 0;
        const bool needs_pressure = every && step % every == 0;  // at the start of the next step
        if (every && (step - 1) % every == 0) {
            push(0.5 * plan.timestep, mass);
            deform(plan, mass, (step - 1) / every * plan.n_replicas + number);
            move<false>(plan.timestep, mass);
        } else {
            move<true>(plan.timestep, mass);
        }
        if (!list_holds()) rebuild(plan.skin);
        evaluate_all(needs_pressure || step == plan.steps, sampled);
        double kinetic = kick(0.5 * plan.timestep, mass);
        if (!std::isfinite(kinetic))
            throw std::runtime_error("forces or velocities are not finite: shorten the time step, or look for atoms too close");
        if (plan.noise) kinetic = rescale(plan, kinetic, plan.noise + 2 * ((step - 1) * plan.n_replicas + number));
        if (sampled) sample(mass, kinetic, step / plan.sample_every - 1, series);
    }

    // Half a kick.
    void push(double half_step, const std::vector<double>& mass) {
        share_atoms(team_, position.size(), [&](std::size_t begin, std::size_t end, std::size_t) {
            for (std::size_t i = begin; i < end; ++i) velocity[i] += fields.force[i] * (half_step / mass[i]);
        });
    }

    // The move, after half a kick unless that has been.
    template <bool with_kick>
    void move(double timestep, const std::vector<double>& mass) {
        farthest_ = over_atoms<Largest>([&](std::size_t i, Largest& largest) {
            if constexpr (with_kick) velocity[i] += fields.force[i] * (0.5 * timestep / mass[i]);
            position[i] += timestep * velocity[i];
            const Double4 moved = position[i] - listed_[i];
            largest.value = std::max(largest.value, dot(moved, moved));
        }).value;
    }

    // Pairs that are not listed were at least `reach` apart; the strain may have brought them nearer, and so may have both atoms.
    bool list_holds() const {
        const double spare = 0.5 * (smallest_stretch(strain_) * reach_ - cutoff());
        return spare > 0 && farthest_ <= spare * spare;
    }

    // Second half kick; returns the kinetic energy.
    double kick(double half_step, const std::vector<double>& mass) {
        return 0.5 * over_atoms<double>([&](std::size_t i, double& twice_kinetic) {
            velocity[i] += fields.force[i] * (half_step / mass[i]);
            twice_kinetic += mass[i] * dot(velocity[i], velocity[i]);
        });
    }

    // Cell, positions and velocities; rescaling number `index` of all replicas. The forces are void afterwards.
    void deform(const Plan& plan, const std::vector<double>& mass, std::int64_t index) {
        Tensor tensor = over_atoms<Tensor>([&](std::size_t i, Tensor& flux) { flux.add(velocity[i], mass[i] * velocity[i]); });
        tensor += fields.total_virial;
        const Matrix stretch = deformation(plan.rescaling, cell, tensor.sum, plan.rescaling.normals + 9 * index);
        const Matrix inverse = inverse_transpose(stretch);
        cell = times(cell, stretch);
        clear_above_diagonal(cell);
        mean_cell = sum(mean_cell, cell);
        share_atoms(team_, position.size(), [&](std::size_t begin, std::size_t end, std::size_t) {
            for (std::size_t i = begin; i < end; ++i) {
                position[i] = times(position[i], stretch);
                listed_[i] = times(listed_[i], stretch);
                velocity[i] = times(velocity[i], inverse);
            }
        });
        double flat[9];
        flatten(cell, flat);
        frame_ = Frame(flat, pbc_);
        list_.bins.follow(frame_);
        strain_ = times(strain_, stretch);
    }

    // Bussi, Donadio, Parrinello, J. Chem. Phys. 126, 014101 (2007), eq. A7: one factor for all velocities.
    double rescale(const Plan& plan, double kinetic, const double* noise) {
        const double c = plan.decay;
        const double ratio = plan.target_kinetic / (static_cast<double>(plan.n_dof) * kinetic);
        const double squared = c + (1 - c) * ratio * (noise[0] * noise[0] + noise[1]) +
                               2 * noise[0] * std::sqrt(c * (1 - c) * ratio);
        const double factor = std::sqrt(squared);
        for (Double4& v : velocity) v *= factor;
        heat += kinetic * (squared - 1);
        return kinetic * squared;
    }

    void sample(const std::vector<double>& mass, double kinetic, std::int64_t index, Samples series) {
        const Currents sum = over_atoms<Currents>([&](std::size_t i, Currents& part) {
            const Double4 v = velocity[i];
            const double energy = fields.site_energy[i];
            part.carried += (0.5 * mass[i] * dot(v, v) + energy) * v;
            for (int a = 0; a < 3; ++a)
                for (int b = 0; b < 3; ++b) part.work[a] += fields.virial[i].row[a][b] * v[b];
            part.momentum[species_[i]] += mass[i] * v;
            part.potential += energy;
        });
        double* to = series.currents + index * (2 + n_types) * 3;
        for (int a = 0; a < 3; ++a) {
            to[a] = sum.carried[a];
            to[3 + a] = sum.work[a];
            for (int t = 0; t < n_types; ++t) to[6 + 3 * t + a] = sum.momentum[t][a];
        }
        series.potential[index] = sum.potential;
        series.kinetic[index] = kinetic;
    }
};

}  // namespace superionic
