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
    T& operator[](std::size_t i) { return data_[i]; }
    const T& operator[](std::size_t i) const { return data_[i]; }

   private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

struct RadialBlock {  // neighbour_lanes neighbours of one species
    OverNeighbours x, y, z;       // unit vector towards the neighbour
    OverNeighbours depth;         // 1 - r/rc
    OverNeighbours sine, cosine;  // of (pi/2) (1 - r/rc)
};

struct AngularBlock {  // neighbour_lanes neighbours of any species
    OverNeighbours x, y, z, inverse_distance;
    OverNeighbours basis[k_angular];       // f_k
    OverNeighbours slope[k_angular];       // df_k/dr
    OverNeighbours harmonic[n_harmonics];  // Y_lm, unnormalised
};

// Everything known about the surroundings of one atom; reused from atom to atom.
struct Environment {
    // radial neighbours: species after species, each filled up to whole blocks
    Buffer<Real4> radial;                // vector to the neighbour, Å
    Buffer<std::uint32_t> radial_atom;   // its number
    Buffer<Real4> edge_force;            // dU_i/dr_ij
    Buffer<RadialBlock> radial_block;
    int radial_begin[n_types + 1];       // first slot of each species
    int radial_count[n_types];

    // angular neighbours: species after species without gaps, filled up at the end only
    Buffer<std::uint32_t> angular_slot;  // where the neighbour lies among the radial ones
    Buffer<AngularBlock> angular_block;
    Buffer<Real> function;               // g_n, (neighbour, n_angular_padded)
    Buffer<Real> function_slope;         // dg_n/dr
    int angular_begin[n_types + 1];

    // the sums over neighbours and the network's answer
    alignas(64) Real harmonics[n_harmonics][n_angular_padded];          // s_nlm
    alignas(64) Real harmonics_adjoint[n_harmonics][n_angular_padded];  // dU/ds_nlm
    alignas(64) Real basis_sums[whole(k_radial, neighbour_lanes)];      // sum_j f_k(r_ij), one species
    alignas(64) Real descriptor[descriptors_padded];
    alignas(64) Real descriptor_adjoint[descriptors_padded];            // dU/dq (before scaling)

    void reserve(std::size_t neighbours) {
        const std::size_t slots = neighbours + (n_types + 1) * neighbour_lanes;
        radial.reserve(slots);
        radial_atom.reserve(slots);
        edge_force.reserve(slots);
        radial_block.reserve(slots / neighbour_lanes + 1);
        angular_slot.reserve(slots);
        angular_block.reserve(slots / neighbour_lanes + 1);
        function.reserve(slots * n_angular_padded);
        function_slope.reserve(slots * n_angular_padded);
    }

    int n_angular_blocks() const { return (angular_begin[n_types] + neighbour_lanes - 1) / neighbour_lanes; }
};

// Pack the candidates of atom i that are within the cutoffs. Differences are taken in float64.
inline void gather(const Model& model, const VerletList& list, const Double4* folded, std::uint32_t i,
                   Environment& around) {
    const Double4 centre = folded[i];
    const Double4* images = list.images.data();
    const auto radial_limit = static_cast<Real>(model.cutoff_radial * model.cutoff_radial);
    const auto angular_limit = static_cast<Real>(model.cutoff_angular * model.cutoff_angular);
    Real4* radial = around.radial.data();
    std::uint32_t* radial_atom = around.radial_atom.data();
    std::uint32_t* angular_slot = around.angular_slot.data();
    const Candidate* next = list.begin(i);
    std::size_t slot = 0, inner = 0;
    for (int t = 0; t < n_types; ++t) {
        around.radial_begin[t] = static_cast<int>(slot);
        around.angular_begin[t] = static_cast<int>(inner);
        const std::size_t first = slot;
        for (const Candidate* end = next + list.count(i, t); next != end; ++next) {
            const Double4 apart = folded[next->atom] + images[next->image] - centre;
            const Real4 vector = __builtin_convertvector(apart, Real4);
            const Real4 square = vector * vector;
            const Real distance_squared = square[0] + square[1] + square[2];
            // written always, counted only when inside: no branch to mispredict
            radial[slot] = vector;
            radial_atom[slot] = next->atom;
            angular_slot[inner] = static_cast<std::uint32_t>(slot);
            slot += distance_squared < radial_limit;
            inner += distance_squared < angular_limit;
        }
        around.radial_count[t] = static_cast<int>(slot - first);
        for (; slot % neighbour_lanes; ++slot) radial[slot] = Real4{static_cast<Real>(model.cutoff_radial), 0, 0, 0};
    }
    around.radial_begin[n_types] = static_cast<int>(slot);
    around.angular_begin[n_types] = static_cast<int>(inner);
    // the filling repeats the first neighbour; what it yields is never used
    for (; inner % neighbour_lanes; ++inner) angular_slot[inner] = angular_slot[0];
}

}  // namespace superionic
