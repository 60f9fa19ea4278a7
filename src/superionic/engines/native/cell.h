// Stochastic cell rescaling of one replica; the equations and their sources stand in md/barostat.py.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <stdexcept>

#include "frame.h"

namespace superionic {

// Something the caller asked for that is not to be had.
struct Refusal : std::runtime_error {
    using std::runtime_error::runtime_error;
};

using Matrix = std::array<Double4, 3>;  // rows; the fourth lane stays 0

constexpr Matrix identity{Double4{1, 0, 0, 0}, Double4{0, 1, 0, 0}, Double4{0, 0, 1, 0}};

// Row vector times matrix.
inline Double4 times(Double4 x, const Matrix& m) { return x[0] * m[0] + x[1] * m[1] + x[2] * m[2]; }
inline Matrix times(const Matrix& a, const Matrix& b) { return {times(a[0], b), times(a[1], b), times(a[2], b)}; }
inline double determinant(const Matrix& m) { return dot(m[0], cross(m[1], m[2])); }
inline Matrix inverse_transpose(const Matrix& m) {
    const double d = determinant(m);
    return {cross(m[1], m[2]) / d, cross(m[2], m[0]) / d, cross(m[0], m[1]) / d};
}
inline Matrix scaled(const Matrix& m, double factor) { return {m[0] * factor, m[1] * factor, m[2] * factor}; }
inline Matrix sum(const Matrix& a, const Matrix& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }

inline Matrix matrix(const double* from) {
    return {Double4{from[0], from[1], from[2], 0}, Double4{from[3], from[4], from[5], 0}, Double4{from[6], from[7], from[8], 0}};
}

inline void flatten(const Matrix& m, double* to) {
    for (int a = 0; a < 3; ++a)
        for (int b = 0; b < 3; ++b) to[3 * a + b] = m[a][b];
}

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

// How cell and positions (as rows, from the right) deform in one rescaling. The tensor is the momentum flux Σ m v ⊗ v plus the virial, eV.
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

// A bound from below on |x D| / |x|, from the circles of Gershgorin around the eigenvalues of D D^T.
inline double least_stretch(const Matrix& d) {
    double least = 1e300;
    for (int a = 0; a < 3; ++a) {
        double low = dot(d[a], d[a]);
        for (int b = 0; b < 3; ++b) low -= b == a ? 0 : std::abs(dot(d[a], d[b]));
        least = std::min(least, low);
    }
    return std::sqrt(std::max(least, 0.0));
}

}  // namespace superionic
