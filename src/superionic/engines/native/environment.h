// The neighbours of one atom within the cutoffs, packed for vector loops.
#pragma once

#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "model.h"
#include "neighbours.h"

namespace superionic {

// Aligned array that only grows.
template <class T>
class Buffer {
   public:
    Buffer() = default;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { ::operator delete(data_, std::align_val_t(64)); }

    void reserve(std::size_t size) {
        if (size <= size_) return;
        ::operator delete(data_, std::align_val_t(64));
        data_ = static_cast<T*>(::operator new(size * sizeof(T), std::align_val_t(64)));
        size_ = size;
        for (std::size_t i = 0; i < size; ++i) data_[i] = T{};
    }
    T* data() { return data_; }
    const T* data() const { return data_; }
    T& operator[](std::size_t i) { return data_[i]; }
    const T& operator[](std::size_t i) const { return data_[i]; }

   private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

struct RadialBlock {                // neighbour_lanes neighbours of one species
    VecNeighbours x, y, z;          // unit vector towards the neighbour
    VecNeighbours depth, argument;  // 1 - r/rc and u = 2 (1 - r/rc)^2 - 1
    VecNeighbours sine, cosine;     // of (pi/2) (1 - r/rc)
};

struct AngularBlock {  // neighbour_lanes neighbours of any species
    VecNeighbours x, y, z, inverse_distance;
    VecNeighbours envelope, envelope_slope;           // h = fc/2 and dh/dr
    VecNeighbours argument_slope;                     // du/dr
    VecNeighbours chebyshev[std::max(2, k_angular)];  // 2 T_k; at first u, in the place of k = 1
    VecNeighbours harmonic[n_harmonics];              // h Y_lm, unnormalised
};

// Everything known about the surroundings of one atom; reused from atom to atom.
struct Environment {
    // One record for each candidate of the Verlet list, and one more at the cutoff, as padding (at that of each species
    // where they differ): x y z of the vector to the candidate, and r^2 - reference_length^2.
    Buffer<Real4> record;
    Buffer<Real4> edge_force;            // dU_i/dr_ij
    double nearest;  // no candidate has a smaller r^2 - reference_length^2; only kept with has_zbl

    // candidates within the radial cutoff: species after species, each filled up to whole blocks
    Buffer<std::uint32_t> radial_slot;
    Buffer<RadialBlock> radial_block;
    int radial_begin[n_types + 1];       // where each species starts
    int radial_count[n_types];

    // those within the angular cutoff: species after species without gaps, filled up at the end only
    Buffer<std::uint32_t> angular_slot;
    Buffer<AngularBlock> angular_block;
    Buffer<Real> series;                 // G_n with g_n = h G_n, then dG_n/du: (neighbour, series_padded)
    int angular_begin[n_types + 1];

    // sums over neighbours, the descriptor, and their adjoints dU/d(...)
    alignas(64) Real harmonics[n_harmonics][n_angular_padded];          // s_nlm
    alignas(64) Real harmonics_adjoint[n_harmonics][n_angular_padded];  // dU/ds_nlm
    alignas(64) Real basis_sums[round_up(k_radial, neighbour_lanes)];      // sum_j f_k(r_ij), one species
    alignas(64) Real descriptor[descriptors_room] = {};
    alignas(64) Real descriptor_adjoint[descriptors_room] = {};         // dU/dq (before scaling)

    void reserve(std::size_t neighbours) {
        const std::size_t slots = neighbours + (n_types + 1) * neighbour_lanes;
        record.reserve(slots);
        edge_force.reserve(slots);
        radial_slot.reserve(slots);
        radial_block.reserve(slots / neighbour_lanes + 1);
        angular_slot.reserve(slots);
        angular_block.reserve(slots / neighbour_lanes + 1);
        series.reserve((slots + 1) * series_padded);
    }

    // Vector to a candidate, Å.
    Double4 displacement(std::uint32_t slot) const {
        Double4 vector = __builtin_convertvector(record[slot], Double4);
        vector[3] = 0;
        return vector;
    }

    int n_angular_blocks() const { return (angular_begin[n_types] + neighbour_lanes - 1) / neighbour_lanes; }
};

// The records of all candidates of an atom, four at a time (the list can be read beyond its end).
inline void measure(const Model& model, int type, const Listed& listed, const std::uint32_t* candidate, const Double4* position,
                    Environment& env) {
    const Double4 centre = position[listed.centre];
    Real4* record = env.record.data();
    const std::size_t count = listed.total;
    Double4 nearest = Double4{} + 1e9;
    for (std::size_t first = 0; first < count; first += 4) {
        Double4 displacement[4], square[4];
        UNROLL for (int k = 0; k < 4; ++k) {
            displacement[k] = position[candidate[first + k]] - centre;
            square[k] = displacement[k] * displacement[k];
        }
        const Double4 shifted = lane_sums<1, Double4>(square) - reference_length * reference_length;
        append(displacement, shifted, record + first);
        if constexpr (has_zbl) nearest = shifted < nearest ? shifted : nearest;
    }
    env.nearest = std::min(std::min(nearest[0], nearest[1]), std::min(nearest[2], nearest[3]));
    for (int t = 0; t < (has_pair_cutoffs ? n_types : 1); ++t) {
        const double cutoff = model.pair_cutoff[0][type][t];
        record[count + t] = __builtin_convertvector(Double4{cutoff, 0, 0, shifted_square(cutoff)}, Real4);
    }
}

// Find the candidates that are within the cutoffs; `position` holds those of all that the chunk sees.
inline void gather(const Model& model, int type, const Listed& listed, const std::uint32_t* candidate, const Double4* position,
                   Environment& env) {
    measure(model, type, listed, candidate, position, env);
    const Real4* record = env.record.data();
    std::uint32_t* radial_slot = env.radial_slot.data();
    std::uint32_t* angular_slot = env.angular_slot.data();
    std::uint32_t padding = listed.total;
    std::uint32_t next = 0, outer = 0, inner = 0;
    for (int t = 0; t < n_types; ++t) {
        env.radial_begin[t] = static_cast<int>(outer);
        env.angular_begin[t] = static_cast<int>(inner);
        if constexpr (has_pair_cutoffs) padding = listed.total + t;
        const auto radial_limit = static_cast<Real>(shifted_square(model.pair_cutoff[0][type][t]));
        const auto angular_limit = static_cast<Real>(shifted_square(model.pair_cutoff[1][type][t]));
        for (const std::uint32_t end = next + listed.count[t]; next != end; ++next) {
            // written always, counted only when inside: no branch to mispredict
            radial_slot[outer] = angular_slot[inner] = next;
            outer += record[next][3] < radial_limit;
            inner += record[next][3] < angular_limit;
        }
        env.radial_count[t] = static_cast<int>(outer) - env.radial_begin[t];
        for (int k = 0; k < neighbour_lanes - 1; ++k) radial_slot[outer + k] = padding;
        outer = round_up(outer, neighbour_lanes);
    }
    env.radial_begin[n_types] = static_cast<int>(outer);
    env.angular_begin[n_types] = static_cast<int>(inner);
    for (int k = 0; k < neighbour_lanes - 1; ++k) angular_slot[inner + k] = padding;
}

}  // namespace superionic
