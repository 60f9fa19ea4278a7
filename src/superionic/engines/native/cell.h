// Stochastic cell rescaling of one replica; the equations and their sources stand in md/barostat.py.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "frame.h"

namespace superionic {

// Of engines.base.CellRescaling.
struct Rescaling {
    double pressure;  // eV/Å³
    double thermal;   // k_B T in eV
    double rate;      // compressibility · time between rescalings / period, Å³/eV
    std::int64_t isotropic, every;  // every: steps between rescalings, 0 for none
    const double* normals;          // (rescalings, replicas, 3, 3)
};

inline void refuse_large(const Matrix& exponent) {
    for (const Double4& row : exponent)
        for (int b = 0; b < 3; ++b)
            if (!(std::abs(row[b]) <= 0.1))
                throw Refusal(
                    "the barostat would deform the cell by more than 10 % in one step: lengthen the barostat period, or "
                    "start from a better structure");
}

// exp of a small matrix.
inline Matrix exponential(const Matrix& m) {
    Matrix result = sum(identity, m), term = m;
    for (int order = 2; order < 9; ++order) {
        term = scaled(times(term, m), 1.0 / order);
        result = sum(result, term);
    }
    return result;
}

// The rotation (or reflection) Q that makes cell · Q lower triangular with a positive diagonal.
inline Matrix to_lower_triangular(const Matrix& cell) {
    Matrix axis;  // the columns of Q
    for (int a = 0; a < 3; ++a) {
        axis[a] = cell[a];
        for (int round = 0; round < 2; ++round)  // twice: at right angles to rounding
            for (int b = 0; b < a; ++b) axis[a] -= dot(axis[a], axis[b]) * axis[b];
        axis[a] /= std::sqrt(dot(axis[a], axis[a]));
    }
    Matrix q{};
    for (int a = 0; a < 3; ++a)
        for (int b = 0; b < 3; ++b) q[b][a] = axis[a][b];
    return q;
}

// How cell and positions (as rows, from the right) deform in one rescaling. The tensor is the momentum flux
// Σ m v ⊗ v plus the virial, eV.
inline Matrix deformation(const Rescaling& plan, const Matrix& cell, const Matrix& tensor, const double* normals) {
    const double volume = std::abs(determinant(cell));
    const double noise = std::sqrt(2 * plan.thermal * plan.rate / (plan.isotropic ? volume : 3 * volume));
    Matrix exponent{};
    if (plan.isotropic) {
        const double pressure = (tensor[0][0] + tensor[1][1] + tensor[2][2]) / (3 * volume);
        const double dilation = plan.rate * (pressure - plan.pressure) + noise * normals[0];
        exponent = scaled(identity, dilation / 3);
    } else {
        for (int a = 0; a < 3; ++a)
            for (int b = 0; b < 3; ++b) {
                const double pressure = 0.5 * (tensor[a][b] + tensor[b][a]) / volume - (a == b ? plan.pressure : 0);
                exponent[a][b] = plan.rate / 3 * pressure + noise * normals[3 * a + b];
            }
    }
    refuse_large(exponent);
    const Matrix stretch = exponential(exponent);
    return times(stretch, to_lower_triangular(times(cell, stretch)));
}

inline void clear_above_diagonal(Matrix& m) { m[0][1] = m[0][2] = m[1][2] = 0; }

// A bound from below on |x D| / |x|, by Gershgorin circles around the eigenvalues of D D^T.
inline double smallest_stretch(const Matrix& d) {
    double least = 1e300;
    for (int a = 0; a < 3; ++a) {
        double low = dot(d[a], d[a]);
        for (int b = 0; b < 3; ++b) low -= b == a ? 0 : std::abs(dot(d[a], d[b]));
        least = std::min(least, low);
    }
    return std::sqrt(std::max(least, 0.0));
}

}  // namespace superionic
