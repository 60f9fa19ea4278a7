// Ziegler-Biersack-Littmark repulsion of close pairs, switched off between two radii; each atom of a pair
// holds half of the energy. Few pairs ever reach it, so it is a scalar loop in float64.
#pragma once

#include "environment.h"

namespace superionic {

struct PairEnergy {
    double value, slope;
};

// phi(r) = e^2/(4 pi eps0) Zi Zj / r sum_m c_m exp(-d_m r/a), a = 0.46848 / (Zi^0.23 + Zj^0.23), times the switch.
inline PairEnergy screened_coulomb(const Screening& of, double r) {
    double screening = 0, screening_slope = 0;
    for (int m = 0; m < 4; ++m) {
        const double term = of.weight[m] * std::exp(-of.decay[m] * r);
        screening += term;
        screening_slope -= of.decay[m] * term;
    }
    const double strength = of.strength / r;
    PairEnergy pair{strength * screening, strength * (screening_slope - screening / r)};
    if (r > of.inner) {
        const double phase = pi / (of.outer - of.inner);
        const double on = 0.5 * (1 + std::cos(phase * (r - of.inner)));
        const double on_slope = -0.5 * phase * std::sin(phase * (r - of.inner));
        pair = {pair.value * on, pair.slope * on + pair.value * on_slope};
    }
    return pair;
}

// Returns the atom's share; adds dU_i/dr_ij to the forces of its edges.
inline double repulsion(const Model& model, int type, Environment& env) {
    if (env.nearest > static_cast<Real>(shifted_square(model.zbl_reach[type]))) return 0;
    double energy = 0;
    for (int t = 0; t < n_types; ++t) {
        const Screening& of = model.screening[type][t];
        const auto limit = static_cast<Real>(shifted_square(of.outer));
        for (int k = env.radial_begin[t]; k < env.radial_begin[t] + env.radial_count[t]; ++k) {
            const std::uint32_t slot = env.radial_slot[k];
            if (env.record[slot][3] >= limit) continue;
            const Double4 displacement = env.displacement(slot);
            const double r = std::sqrt(dot(displacement, displacement));
            const PairEnergy pair = screened_coulomb(of, r);
            energy += 0.5 * pair.value;
            env.edge_force[slot] += __builtin_convertvector(0.5 * pair.slope / r * displacement, Real4);
        }
    }
    return energy;
}

}  // namespace superionic
