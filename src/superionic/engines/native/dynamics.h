// One block of constant-cell molecular dynamics of one replica.
#pragma once

#include "potential.h"

namespace superionic {

struct Plan {
    double timestep, skin;
    double decay;           // exp(-timestep / thermostat period); only with noise
    double target_kinetic;  // eV
    std::int64_t steps, sample_every, freedom;
    const double* noise;    // (steps, replicas, 2) or null: no thermostat
    std::int64_t n_replicas;
};

// Views of the caller's arrays for one replica, float64, C order.
struct Samples {
    double* currents;   // (samples, 2 + species, 3)
    double* potential;  // (samples)
    double* kinetic;    // (samples)
};

class Replica {
   public:
    std::vector<Double4> position, velocity;
    Fields fields;
    double heat = 0;  // given by the thermostat

    Replica(const Model& model, const std::vector<int>& species, const Frame& frame)
        : model_(model), species_(species), frame_(frame) {}

    // Evaluate at the present positions with a fresh list.
    void evaluate_once() {
        rebuild(0.0);
        fold();
        evaluate<true>(model_, species_, list_, folded_, around_, fields);
    }

    // `fields.force` must hold the forces at the start. Throws runtime_error naming the step.
    void run(const Plan& plan, const std::vector<double>& mass, std::int64_t number, Samples series) {
        rebuild(plan.skin);
        for (std::int64_t step = 1; step <= plan.steps; ++step) {
            try {
                advance(plan, mass, step, number, series);
            } catch (const std::runtime_error& error) {
                throw std::runtime_error("step " + std::to_string(step) + ": " + error.what());
            }
        }
    }

   private:
    const Model& model_;
    const std::vector<int>& species_;
    Frame frame_;
    VerletList list_;
    Environment around_;
    std::vector<Double4> folded_, listed_;

    void rebuild(double skin) {
        list_.build(frame_, position, species_, std::max(model_.cutoff_radial, model_.cutoff_angular) + skin);
        listed_ = position;
    }

    void fold() {
        folded_.resize(position.size());
        for (std::size_t i = 0; i < position.size(); ++i) folded_[i] = position[i] + list_.offset[i];
    }

    void advance(const Plan& plan, const std::vector<double>& mass, std::int64_t step, std::int64_t number,
                 Samples series) {
        const bool sampled = plan.sample_every > 0 && step % plan.sample_every == 0;
        if (drift(plan.timestep, mass) > 0.25 * plan.skin * plan.skin) rebuild(plan.skin);
        fold();
        if (sampled || step == plan.steps)
            evaluate<true>(model_, species_, list_, folded_, around_, fields);
        else
            evaluate<false>(model_, species_, list_, folded_, around_, fields);
        double kinetic = kick(0.5 * plan.timestep, mass);
        if (!std::isfinite(kinetic))
            throw std::runtime_error("forces or velocities are not finite: shorten the time step, or look for atoms too close");
        if (plan.noise) kinetic = rescale(plan, kinetic, plan.noise + 2 * ((step - 1) * plan.n_replicas + number));
        if (sampled) sample(mass, kinetic, step / plan.sample_every - 1, series);
    }

    // First half kick and the move; returns the largest squared distance from where the list was made.
    double drift(double timestep, const std::vector<double>& mass) {
        double farthest = 0;
        for (std::size_t i = 0; i < position.size(); ++i) {
            velocity[i] += fields.force[i] * (0.5 * timestep / mass[i]);
            position[i] += timestep * velocity[i];
            const Double4 moved = position[i] - listed_[i];
            farthest = std::max(farthest, dot(moved, moved));
        }
        return farthest;
    }

    // Second half kick; returns the kinetic energy.
    double kick(double half_step, const std::vector<double>& mass) {
        double twice_kinetic = 0;
        for (std::size_t i = 0; i < position.size(); ++i) {
            velocity[i] += fields.force[i] * (half_step / mass[i]);
            twice_kinetic += mass[i] * dot(velocity[i], velocity[i]);
        }
        return 0.5 * twice_kinetic;
    }

    // Bussi, Donadio, Parrinello, J. Chem. Phys. 126, 014101 (2007), eq. A7: one factor for all velocities.
    double rescale(const Plan& plan, double kinetic, const double* noise) {
        const double c = plan.decay;
        const double ratio = plan.target_kinetic / (static_cast<double>(plan.freedom) * kinetic);
        const double squared = c + (1 - c) * ratio * (noise[0] * noise[0] + noise[1]) +
                               2 * noise[0] * std::sqrt(c * (1 - c) * ratio);
        const double factor = std::sqrt(squared);
        for (Double4& v : velocity) v *= factor;
        heat += kinetic * (squared - 1);
        return kinetic * squared;
    }

    // J_k = sum (K_i + U_i) v_i, J_p = sum W_i v_i, one mass current per species.
    void sample(const std::vector<double>& mass, double kinetic, std::int64_t index, Samples series) const {
        Double4 carried = {}, work = {}, momentum[n_types] = {};
        double potential = 0;
        for (std::size_t i = 0; i < position.size(); ++i) {
            const Double4 v = velocity[i];
            const double energy = fields.site_energy[i];
            carried += (0.5 * mass[i] * dot(v, v) + energy) * v;
            for (int a = 0; a < 3; ++a)
                for (int b = 0; b < 3; ++b) work[a] += fields.virial[i].row[a][b] * v[b];
            momentum[species_[i]] += mass[i] * v;
            potential += energy;
        }
        double* to = series.currents + index * (2 + n_types) * 3;
        for (int a = 0; a < 3; ++a) {
            to[a] = carried[a];
            to[3 + a] = work[a];
            for (int t = 0; t < n_types; ++t) to[6 + 3 * t + a] = momentum[t][a];
        }
        series.potential[index] = potential;
        series.kinetic[index] = kinetic;
    }
};

}  // namespace superionic
