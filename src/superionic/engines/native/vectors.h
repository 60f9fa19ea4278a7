// Vectors of the compiler (GCC and Clang extensions) and the few functions of them that are needed.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include "shape.h"

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 64")
#endif

namespace superionic {

template <class T, int lanes>
struct VectorOf {
    typedef T type __attribute__((vector_size(lanes * sizeof(T))));
};
template <class T, int lanes>
using Vector = typename VectorOf<T, lanes>::type;

using Double4 = Vector<double, 4>;                     // x y z and a lane that stays 0
using Real4 = Vector<Real, 4>;                         // the same in working precision
using OverN = Vector<Real, n_lanes>;                   // lanes = n
using OverK = Vector<Real, k_lanes>;                   // lanes = basis function
using OverNeurons = Vector<Real, neuron_lanes>;        // lanes = neuron
using OverNeighbours = Vector<Real, neighbour_lanes>;  // lanes = neighbour

template <class V>
inline V load(const Real* from) {
    V value;
    std::memcpy(&value, __builtin_assume_aligned(from, sizeof(V) < 64 ? sizeof(V) : 64), sizeof(V));
    return value;
}

template <class V>
inline void store(Real* to, V value) {
    std::memcpy(__builtin_assume_aligned(to, sizeof(V) < 64 ? sizeof(V) : 64), &value, sizeof(V));
}

template <class V>
inline V splat(Real value) {
    return value - V{};
}

template <class V>
inline V square_root(V value) {
    constexpr int lanes = sizeof(V) / sizeof(Real);
    alignas(64) Real part[lanes];
    std::memcpy(part, &value, sizeof(V));
    for (int i = 0; i < lanes; ++i) part[i] = std::sqrt(part[i]);
    return load<V>(part);
}

// ---- rows to columns

template <class V, int step, bool upper, int... lane>
inline V exchanged(V a, V b, std::integer_sequence<int, lane...>) {
    constexpr int lanes = sizeof...(lane);
    return __builtin_shufflevector(
        a, b, (upper ? ((lane & step) ? lanes + lane : lane + step) : ((lane & step) ? lanes + lane - step : lane))...);
}

// Transpose a square of vectors: swap the off-diagonal blocks of size 1, 2, 4, ...
template <int step, class V, int lanes = sizeof(V) / sizeof(Real)>
inline void transpose(V (&row)[lanes]) {
    using Lanes = std::make_integer_sequence<int, lanes>;
    UNROLL for (int i = 0; i < lanes; ++i) {
        if (i & step) continue;
        const V a = row[i], b = row[i + step];
        row[i] = exchanged<V, step, false>(a, b, Lanes{});
        row[i + step] = exchanged<V, step, true>(a, b, Lanes{});
    }
    if constexpr (2 * step < lanes) transpose<2 * step, V>(row);
}

// x, y, z of neighbour_lanes vectors (x y z *), and back again.
inline void columns(const Real4* row, OverNeighbours& x, OverNeighbours& y, OverNeighbours& z) {
    alignas(64) Real part[3][neighbour_lanes];
    UNROLL for (int group = 0; group < neighbour_lanes; group += 4) {
        Real4 four[4] = {row[group], row[group + 1], row[group + 2], row[group + 3]};
        transpose<1, Real4>(four);
        UNROLL for (int a = 0; a < 3; ++a) std::memcpy(part[a] + group, &four[a], sizeof(Real4));
    }
    x = load<OverNeighbours>(part[0]);
    y = load<OverNeighbours>(part[1]);
    z = load<OverNeighbours>(part[2]);
}

inline void rows(OverNeighbours x, OverNeighbours y, OverNeighbours z, Real4* row) {
    alignas(64) Real part[3][neighbour_lanes];
    store(part[0], x);
    store(part[1], y);
    store(part[2], z);
    UNROLL for (int group = 0; group < neighbour_lanes; group += 4) {
        Real4 four[4] = {load<Real4>(part[0] + group), load<Real4>(part[1] + group), load<Real4>(part[2] + group), Real4{}};
        transpose<1, Real4>(four);
        UNROLL for (int i = 0; i < 4; ++i) row[group + i] = four[i];
    }
}

// ---- functions

constexpr bool is_single = sizeof(Real) == 4;

// Taylor series, long enough for the precision on the interval where they are used.
constexpr int trigonometric_terms = is_single ? 7 : 12;  // angle up to pi/2
constexpr int exponential_terms = is_single ? 7 : 13;    // argument up to ln(2)/2

constexpr double inverse_factorial(int n) { return n <= 1 ? 1.0 : inverse_factorial(n - 1) / n; }

template <class V>
inline void sine_cosine(V angle, V& sine, V& cosine) {
    const V square = angle * angle;
    V s = splat<V>(0), c = splat<V>(0);
    UNROLL for (int k = trigonometric_terms - 1; k >= 0; --k) {
        const double sign = k % 2 ? -1.0 : 1.0;
        s = s * square + static_cast<Real>(sign * inverse_factorial(2 * k + 1));
        c = c * square + static_cast<Real>(sign * inverse_factorial(2 * k));
    }
    sine = s * angle;
    cosine = c;
}

// exp(x) = 2^k exp(f), |f| <= ln(2)/2; the argument must be within +-80.
template <class V>
inline V exponential(V x) {
    using Integer = std::conditional_t<is_single, std::int32_t, std::int64_t>;
    using Integers = Vector<Integer, sizeof(V) / sizeof(Real)>;
    constexpr Real log2_e = static_cast<Real>(1.44269504088896340736);
    constexpr Real ln2_high = is_single ? static_cast<Real>(0.693359375) : static_cast<Real>(0x1.62e42fefap-1);
    constexpr Real ln2_low = is_single ? static_cast<Real>(-2.12194440054690583e-4)
                                       : static_cast<Real>(0.693147180559945309417 - 0x1.62e42fefap-1L);
    constexpr Real rounder = is_single ? static_cast<Real>(12582912.0) : static_cast<Real>(6755399441055744.0);
    const V k = (x * log2_e + rounder) - rounder;
    const V f = (x - k * ln2_high) - k * ln2_low;
    V sum = splat<V>(0);
    UNROLL for (int n = exponential_terms; n >= 0; --n) sum = sum * f + static_cast<Real>(inverse_factorial(n));
    const Integers exponent = __builtin_convertvector(k, Integers);
    const Integers bits = (exponent + (is_single ? 127 : 1023)) << (is_single ? 23 : 52);
    V scale;
    std::memcpy(&scale, &bits, sizeof(V));
    return sum * scale;
}

template <class V>
inline V hyperbolic_tangent(V x) {
    constexpr Real limit = is_single ? 10 : 20;
    // written so that a NaN stays a NaN
    x = x > limit ? splat<V>(limit) : x;
    x = x < -limit ? splat<V>(-limit) : x;
    return 1 - 2 / (exponential<V>(2 * x) + 1);
}

}  // namespace superionic
