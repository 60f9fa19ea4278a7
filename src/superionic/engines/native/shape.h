// The shape of one potential, fixed when the library is compiled, and the padded sizes that follow from it.
//
// The compiler is given NEP_REAL (float or double) and the sizes of the model; knowing them it keeps whole
// rows in registers. Every array over n, over descriptors or over neurons is padded with zeros to whole
// vectors, so that no loop has a remainder.
#pragma once

#include <algorithm>

namespace superionic {

using Real = NEP_REAL;

constexpr int n_types = NEP_TYPES;
constexpr int n_radial = NEP_N_RADIAL;    // radial functions, n_max + 1
constexpr int n_angular = NEP_N_ANGULAR;  // angular functions, n_max + 1
constexpr int k_radial = NEP_K_RADIAL;    // basis functions behind each, basis_size + 1
constexpr int k_angular = NEP_K_ANGULAR;
constexpr int l_max = NEP_L_MAX;
constexpr bool four_body = NEP_FOUR_BODY;
constexpr bool five_body = NEP_FIVE_BODY;
constexpr int n_neurons = NEP_NEURONS;
constexpr bool has_zbl = NEP_ZBL;
constexpr bool has_pair_cutoffs = NEP_PAIR_CUTOFFS;  // whether cutoffs depend on the pair of species

static_assert(l_max >= 1 && l_max <= 4, "harmonics are written out for l = 1 ... 4");

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
#elif defined(__AVX__)
constexpr int vector_bytes = 32;
#else
constexpr int vector_bytes = 16;
#endif

constexpr int round_up(int n, int unit) { return (n + unit - 1) / unit * unit; }
constexpr int power_of_two(int n) { return n <= 1 ? 1 : 2 * power_of_two((n + 1) / 2); }

constexpr int full_lanes = vector_bytes / static_cast<int>(sizeof(Real));

// Lanes over n: as narrow as the model allows.
constexpr int n_lanes = std::min(full_lanes, std::max(4, power_of_two(std::max(n_radial, n_angular))));
constexpr int k_lanes = std::min(full_lanes, std::max(4, power_of_two(k_radial)));

// Lanes over neighbours: at least the four of x y z w, of a neighbour record, which are transposed to columns.
constexpr int neighbour_lanes = std::max(4, full_lanes);

constexpr int n_radial_padded = round_up(n_radial, n_lanes);
constexpr int n_angular_padded = round_up(n_angular, n_lanes);
constexpr int k_radial_padded = round_up(k_radial, k_lanes);
// G_n and after it dG_n/du, one row of whole vectors for a neighbour; the latter begins where four lanes can be read at once.
constexpr int slope_position = round_up(n_angular, 4);
constexpr int series_padded = round_up(slope_position + n_angular, full_lanes);
constexpr int neurons_padded = round_up(n_neurons, full_lanes);

constexpr int n_harmonics = (l_max + 1) * (l_max + 1) - 1;  // all (l, m) with l >= 1
constexpr int angular_rows = l_max + four_body + five_body;
constexpr int n_descriptors = n_radial + angular_rows * n_angular;

// Descriptors lie closer than whole vectors where a row is a single one: rows are stored in ascending order, the padding
// of each is overwritten by the next, and only the last leaves some, for which there is room.
constexpr int stride(int n, int padded) { return padded == n_lanes ? round_up(n, 4) : padded; }
constexpr int angular_position(int row) {
    return stride(n_radial, n_radial_padded) + row * stride(n_angular, n_angular_padded);
}
constexpr int descriptors_padded = round_up(angular_position(angular_rows), full_lanes);
constexpr int descriptors_room = descriptors_padded + full_lanes;

// Where descriptor d of the file's order lies.
constexpr int padded_position(int d) {
    return d < n_radial ? d : angular_position((d - n_radial) / n_angular) + (d - n_radial) % n_angular;
}

}  // namespace superionic
