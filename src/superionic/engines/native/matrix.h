// Vectors and matrices of three dimensions.
#pragma once

#include <array>

#include "vectors.h"

namespace superionic {

inline Double4 cross(Double4 a, Double4 b) {
    return Double4{a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0], 0.0};
}
inline double dot(Double4 a, Double4 b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

using Matrix = std::array<Double4, 3>;  // rows; the fourth lane stays 0

const Matrix identity{Double4{1, 0, 0, 0}, Double4{0, 1, 0, 0}, Double4{0, 0, 1, 0}};

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
    Matrix m{};
    for (int a = 0; a < 3; ++a)
        for (int b = 0; b < 3; ++b) m[a][b] = from[3 * a + b];
    return m;
}

inline void flatten(const Matrix& m, double* to) {
    for (int a = 0; a < 3; ++a)
        for (int b = 0; b < 3; ++b) to[3 * a + b] = m[a][b];
}

// A sum of a ⊗ b.
struct Tensor {
    Matrix sum{};

    void add(Double4 a, Double4 b) {
        for (int i = 0; i < 3; ++i) sum[i] += a[i] * b;
    }
    Tensor& operator+=(const Tensor& other) {
        for (int i = 0; i < 3; ++i) sum[i] += other.sum[i];
        return *this;
    }
};

}  // namespace superionic
