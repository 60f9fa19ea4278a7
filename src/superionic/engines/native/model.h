// The coefficients of one potential, laid out for the loops that use them.
#pragma once

#include <algorithm>
#include <cmath>

#include "vectors.h"

namespace superionic {

// What the caller hands over: float64, C order, shapes as in NEPParameters.
struct Parameters {
    double cutoff_radial, cutoff_angular;  // the largest of all pairs
    double coulomb;           // e^2/(4 pi eps0) in eV Å
    double b1;
    const double* w0;         // (types, neurons, descriptors)
    const double* b0;         // (types, neurons)
    const double* w1;         // (types, neurons)
    const double* c_radial;   // (n, k, types, types), centre before neighbour
    const double* c_angular;  // (n, k, types, types)
    const double* q_scaler;   // (descriptors)
    const double* charges;    // (types) atomic numbers
    const double* pair_cutoffs;  // (2, types, types) radial and angular; null without has_pair_cutoffs
    const double* zbl_pairs;  // (types, types, 10): inner, outer, weight and exponent of four terms; null without ZBL
};

// Screening of two nuclei: sum_m weight_m exp(-decay_m r), switched off between inner and outer.
struct Screening {
    double inner, outer;
    double weight[4], decay[4];  // decay in 1/Å
    double strength;             // e^2/(4 pi eps0) Zi Zj in eV Å
};

// Å. Distances are stored as r^2 - reference_length^2, computed in float64. Near this length, that of a stiff bond, float32
// resolves it ten times better than r itself; stiff bonds amplify errors in r.
constexpr double reference_length = 2.0;

// r^2 - reference_length^2.
inline double shifted_square(double r) { return (r - reference_length) * (r + reference_length); }

struct Model {
    alignas(64) Real w0[n_types][neurons_padded][descriptors_padded];  // scaled by q_scaler
    alignas(64) Real b0[n_types][neurons_padded];
    alignas(64) Real w1[n_types][neurons_padded];
    alignas(64) Real c_radial_by_k[n_types][n_types][k_radial][n_radial_padded];
    // the column k = 0 holds c_n0 + sum_k c_nk, the constant part of sum_k c_nk (T_k + 1)
    alignas(64) Real c_radial_by_n[n_types][n_types][n_radial][k_radial_padded];
    alignas(64) Real order[k_radial_padded];  // k
    // sum_k c_nk (T_k + 1), and after all n its derivative, as series of 1, 2 T_1, 2 T_2, ...
    alignas(64) Real angular_series[n_types][n_types][k_angular][series_padded];
    double b1;
    double cutoff_radial, cutoff_angular;
    double pair_cutoff[2][n_types][n_types];  // radial and angular, the above where all pairs have the same
    Screening screening[n_types][n_types];
    double zbl_reach[n_types];  // largest outer of a species

    explicit Model(const Parameters& given)
        : w0{}, b0{}, w1{}, c_radial_by_k{}, c_radial_by_n{}, order{}, angular_series{},
          b1(given.b1), cutoff_radial(given.cutoff_radial), cutoff_angular(given.cutoff_angular),
          pair_cutoff{}, screening{}, zbl_reach{} {
        for (int k = 0; k < k_radial; ++k) order[k] = static_cast<Real>(k);
        for (int t = 0; t < n_types; ++t) {
            for (int neuron = 0; neuron < n_neurons; ++neuron) set_neuron(given, t, neuron);
            for (int other = 0; other < n_types; ++other) {
                set_pair(given, t, other);
                for (int which = 0; which < 2; ++which)
                    pair_cutoff[which][t][other] = has_pair_cutoffs ? given.pair_cutoffs[(which * n_types + t) * n_types + other]
                                                   : which ? cutoff_angular : cutoff_radial;
                if constexpr (has_zbl) set_screening(given, t, other);
            }
        }
    }

   private:
    void set_neuron(const Parameters& given, int t, int neuron) {
        const int row = t * n_neurons + neuron;
        b0[t][neuron] = static_cast<Real>(given.b0[row]);
        w1[t][neuron] = static_cast<Real>(given.w1[row]);
        for (int d = 0; d < n_descriptors; ++d)
            w0[t][neuron][padded_position(d)] =
                static_cast<Real>(given.w0[row * n_descriptors + d] * given.q_scaler[d]);
    }

    // a = 0.46848 Å / (Zi^0.23 + Zj^0.23)
    void set_screening(const Parameters& given, int t, int other) {
        const double* row = given.zbl_pairs + 10 * (t * n_types + other);
        const double zi = given.charges[t], zj = given.charges[other];
        const double inverse_length = (std::pow(zi, 0.23) + std::pow(zj, 0.23)) / 0.46848;
        Screening& pair = screening[t][other];
        pair.inner = row[0];
        pair.outer = row[1];
        for (int m = 0; m < 4; ++m) {
            pair.weight[m] = row[2 + 2 * m];
            pair.decay[m] = row[3 + 2 * m] * inverse_length;
        }
        pair.strength = given.coulomb * zi * zj;
        zbl_reach[t] = std::max(zbl_reach[t], pair.outer);
    }

    void set_pair(const Parameters& given, int t, int other) {
        const auto at = [&](int n, int k, int basis) { return ((n * basis + k) * n_types + t) * n_types + other; };
        for (int n = 0; n < n_radial; ++n) {
            double constant = given.c_radial[at(n, 0, k_radial)];
            for (int k = 0; k < k_radial; ++k) {
                const double c = given.c_radial[at(n, k, k_radial)];
                constant += c;
                c_radial_by_k[t][other][k][n] = static_cast<Real>(c);
                c_radial_by_n[t][other][n][k] = static_cast<Real>(c);
            }
            c_radial_by_n[t][other][n][0] = static_cast<Real>(constant);
        }
        for (int n = 0; n < n_angular; ++n) {
            double value[k_angular + 2] = {}, slope[k_angular + 2] = {};  // of T_0, T_1, ...
            for (int k = 0; k < k_angular; ++k) {
                value[k] += given.c_angular[at(n, k, k_angular)];
                value[0] += given.c_angular[at(n, k, k_angular)];
            }
            // T_(k+1)'/(k+1) - T_(k-1)'/(k-1) = 2 T_k
            for (int k = k_angular - 2; k >= 0; --k) slope[k] = slope[k + 2] + 2 * (k + 1) * value[k + 1];
            for (int k = 0; k < k_angular; ++k) {
                angular_series[t][other][k][n] = static_cast<Real>(k ? value[k] / 2 : value[k]);
                angular_series[t][other][k][slope_position + n] = static_cast<Real>(slope[k] / 2);
            }
        }
    }
};

}  // namespace superionic
