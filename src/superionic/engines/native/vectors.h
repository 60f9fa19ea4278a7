// Vectors of the compiler (GCC and Clang extensions) and the few functions of them that are needed.
#pragma once

#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
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

using Double4 = Vector<double, 4>;                    // x y z and a lane that stays 0
using Real4 = Vector<Real, 4>;                        // the same in working precision
using VecN = Vector<Real, n_lanes>;                   // lanes = n
using VecK = Vector<Real, k_lanes>;                   // lanes = basis function
using VecFull = Vector<Real, full_lanes>;             // lanes = descriptor or neuron
using VecNeighbours = Vector<Real, neighbour_lanes>;  // lanes = neighbour

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

// The same where rows begin in the middle of a vector.
template <class V>
inline V load_anywhere(const Real* from) {
    V value;
    std::memcpy(&value, from, sizeof(V));
    return value;
}

template <class V>
inline void store_anywhere(Real* to, V value) {
    std::memcpy(to, &value, sizeof(V));
}

template <class V>
inline V splat(Real value) {
    return value - V{};
}

// Compiler fence: stored lanes are read again from memory, cheaper than extracting them from registers.
inline void compiler_fence() { std::atomic_signal_fence(std::memory_order_seq_cst); }

template <class V>
using Element = std::remove_reference_t<decltype(std::declval<V&>()[0])>;
template <class V>
constexpr int lanes_of = sizeof(V) / sizeof(Element<V>);

template <class V>
inline V square_root(V value) {
    UNROLL for (int i = 0; i < lanes_of<V>; ++i) value[i] = std::sqrt(value[i]);
    return value;
}

template <class V, int step, bool upper, int... lane>
inline V exchanged(V a, V b, std::integer_sequence<int, lane...>) {
    constexpr int lanes = sizeof...(lane);
    return __builtin_shufflevector(
        a, b, (upper ? ((lane & step) ? lanes + lane : lane + step) : ((lane & step) ? lanes + lane - step : lane))...);
}

// Sums of `lanes` vectors as the lanes of one: add neighbouring lanes of pairs, then pairs of pairs, ...
template <int step, class V, int lanes = lanes_of<V>>
inline V lane_sums(V (&row)[lanes]) {
    using Lanes = std::make_integer_sequence<int, lanes>;
    UNROLL for (int i = 0; i < lanes / (2 * step); ++i)
        row[i] = exchanged<V, step, false>(row[2 * i], row[2 * i + 1], Lanes{}) +
                 exchanged<V, step, true>(row[2 * i], row[2 * i + 1], Lanes{});
    if constexpr (2 * step < lanes) return lane_sums<2 * step, V>(row);
    return row[0];
}

// Shuffles within groups of four lanes, the two steps of a 4 x 4 transposition.
enum class Interleave { low, high, low_pairs, high_pairs };

template <Interleave way>
constexpr int interleaved(int lane, int lanes) {
    const int group = lane / 4 * 4, within = lane % 4;
    const int low = way == Interleave::low || way == Interleave::low_pairs ? 0 : 2;
    if (way == Interleave::low || way == Interleave::high) return group + low + within / 2 + (within % 2) * lanes;
    return group + low + within % 2 + (within / 2) * lanes;
}

template <Interleave way, class V, int... lane>
inline V interleave(V a, V b, std::integer_sequence<int, lane...>) {
    return __builtin_shufflevector(a, b, interleaved<way>(lane, sizeof...(lane))...);
}

template <Interleave way, class V>
inline V interleave(V a, V b) {
    return interleave<way, V>(a, b, std::make_integer_sequence<int, lanes_of<V>>{});
}

template <class V, int... lane>
inline V side_by_side(Vector<Real, sizeof...(lane) / 2> a, Vector<Real, sizeof...(lane) / 2> b,
                      std::integer_sequence<int, lane...>) {
    return __builtin_shufflevector(a, b, lane...);
}

// Rows i, i + 4, ... side by side, and back: pieces of 16 or 32 bytes that move as one.
template <class V, class Rows>
inline V concat(Rows row, int i) {
    if constexpr (lanes_of<V> == 4) {
        return row(i);
    } else {
        using Half = Vector<Real, lanes_of<V> / 2>;
        return side_by_side<V>(concat<Half>(row, i), concat<Half>(row, i + lanes_of<V> / 2),
                               std::make_integer_sequence<int, lanes_of<V>>{});
    }
}

template <class V, int... lane>
inline void split(V all, Real4* row, std::integer_sequence<int, lane...>) {
    if constexpr (lanes_of<V> == 4) {
        row[0] = all;
    } else {
        constexpr int half = sizeof...(lane);
        using Lanes = std::make_integer_sequence<int, half / 2>;
        split<Vector<Real, half>>(__builtin_shufflevector(all, all, lane...), row, Lanes{});
        split<Vector<Real, half>>(__builtin_shufflevector(all, all, half + lane...), row + half, Lanes{});
    }
}

template <class V>
inline void split(V all, Real4* row) {
    split<V>(all, row, std::make_integer_sequence<int, lanes_of<V> / 2>{});
}

// x, y, z, w of as many rows (x y z w) as there are lanes, row(i) being one of them.
template <class V, class Rows>
inline void columns(Rows row, V& x, V& y, V& z, V& w) {
    const V a = concat<V>(row, 0), b = concat<V>(row, 1), c = concat<V>(row, 2), d = concat<V>(row, 3);
    const V xy_first = interleave<Interleave::low>(a, b), xy_last = interleave<Interleave::low>(c, d);
    const V zw_first = interleave<Interleave::high>(a, b), zw_last = interleave<Interleave::high>(c, d);
    x = interleave<Interleave::low_pairs>(xy_first, xy_last);
    y = interleave<Interleave::high_pairs>(xy_first, xy_last);
    z = interleave<Interleave::low_pairs>(zw_first, zw_last);
    w = interleave<Interleave::high_pairs>(zw_first, zw_last);
}

// Rows (x y z w_k) in working precision from four vectors (x y z *) and w.
inline void append(const Double4 (&vector)[4], Double4 w, Real4* row) {
    row[0] = __builtin_convertvector(__builtin_shufflevector(vector[0], w, 0, 1, 2, 4), Real4);
    row[1] = __builtin_convertvector(__builtin_shufflevector(vector[1], w, 0, 1, 2, 5), Real4);
    row[2] = __builtin_convertvector(__builtin_shufflevector(vector[2], w, 0, 1, 2, 6), Real4);
    row[3] = __builtin_convertvector(__builtin_shufflevector(vector[3], w, 0, 1, 2, 7), Real4);
}

// And back, without w.
inline void rows(VecNeighbours x, VecNeighbours y, VecNeighbours z, Real4* row) {
    const VecNeighbours zero = {};
    const VecNeighbours xy_low = interleave<Interleave::low>(x, y), xy_high = interleave<Interleave::high>(x, y);
    const VecNeighbours z_low = interleave<Interleave::low>(z, zero), z_high = interleave<Interleave::high>(z, zero);
    split(interleave<Interleave::low_pairs>(xy_low, z_low), row);
    split(interleave<Interleave::high_pairs>(xy_low, z_low), row + 1);
    split(interleave<Interleave::low_pairs>(xy_high, z_high), row + 2);
    split(interleave<Interleave::high_pairs>(xy_high, z_high), row + 3);
}

constexpr bool is_single = sizeof(Real) == 4;

// Taylor series, long enough for the precision on the interval where they are used.
constexpr int trigonometric_terms = is_single ? 7 : 12;  // angle up to pi/2
constexpr int exponential_terms = is_single ? 7 : 13;    // argument up to ln(2)/2

struct Series {
    Real sine[trigonometric_terms], cosine[trigonometric_terms], exponential[exponential_terms + 1];

    constexpr Series() : sine{}, cosine{}, exponential{} {
        double term = 1;  // 1/n!
        for (int n = 0; n <= exponential_terms || n < 2 * trigonometric_terms; ++n) {
            if (n) term /= n;
            const double sign = n / 2 % 2 ? -1 : 1;
            if (n <= exponential_terms) exponential[n] = static_cast<Real>(term);
            if (n < 2 * trigonometric_terms) (n % 2 ? sine : cosine)[n / 2] = static_cast<Real>(sign * term);
        }
    }
};
constexpr Series taylor;

template <class V>
inline void sine_cosine(V angle, V& sine, V& cosine) {
    const V square = angle * angle;
    V s = splat<V>(taylor.sine[trigonometric_terms - 1]), c = splat<V>(taylor.cosine[trigonometric_terms - 1]);
    UNROLL for (int k = trigonometric_terms - 2; k >= 0; --k) {
        s = s * square + taylor.sine[k];
        c = c * square + taylor.cosine[k];
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
    V sum = splat<V>(taylor.exponential[exponential_terms]);
    UNROLL for (int n = exponential_terms - 1; n >= 0; --n) sum = sum * f + taylor.exponential[n];
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
