// Neighbours: bins in a triclinic frame, and a Verlet list of all images within cutoff + skin.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "vectors.h"

namespace superionic {

struct Candidate {
    std::uint32_t atom;
    std::uint32_t image;  // index into VerletList::images
};

inline Double4 cross(Double4 a, Double4 b) {
    return Double4{a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0], 0.0};
}
inline double dot(Double4 a, Double4 b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

// Lattice vectors, with unit vectors at right angles in place of the directions that are not periodic.
struct Frame {
    std::array<Double4, 3> row;
    std::array<Double4, 3> reciprocal;  // fractional coordinate a of x is dot(x, reciprocal[a])
    std::array<bool, 3> periodic;

    Frame(const double* cell, const int* pbc) {
        for (int a = 0; a < 3; ++a) {
            periodic[a] = pbc[a] != 0;
            row[a] = periodic[a] ? Double4{cell[3 * a], cell[3 * a + 1], cell[3 * a + 2], 0.0} : Double4{};
        }
        for (int a = 0; a < 3; ++a)
            if (!periodic[a]) row[a] = perpendicular(row[(a + 1) % 3], row[(a + 2) % 3]);
        const double volume = dot(row[0], cross(row[1], row[2]));
        if (!(std::abs(volume) > 1e-6))
            throw std::runtime_error("the periodic cell vectors span no volume: check the cell and pbc");
        for (int a = 0; a < 3; ++a) reciprocal[a] = cross(row[(a + 1) % 3], row[(a + 2) % 3]) / volume;
    }

    double height(int a) const { return 1.0 / std::sqrt(dot(reciprocal[a], reciprocal[a])); }

   private:
    // A unit vector at right angles to two vectors, either of which may be zero.
    static Double4 perpendicular(Double4 a, Double4 b) {
        Double4 normal = cross(a, b);
        if (dot(normal, normal) < 1e-12) {
            const Double4 along = dot(a, a) > dot(b, b) ? a : b;
            const int least_axis = std::abs(along[0]) <= std::abs(along[1]) && std::abs(along[0]) <= std::abs(along[2]) ? 0
                                   : std::abs(along[1]) <= std::abs(along[2])                                        ? 1
                                                                                                                     : 2;
            Double4 axis{};
            axis[least_axis] = 1.0;
            normal = dot(along, along) > 0 ? cross(along, axis) : axis;
        }
        return normal / std::sqrt(dot(normal, normal));
    }
};

// All pairs closer than `reach`, each atom's list ordered by the species of the neighbour.
//
// Atoms are folded into the frame by a per-atom offset that stays fixed until the next build, so that the
// unwrapped positions are never touched.
class VerletList {
   public:
    std::vector<Double4> images;          // lattice translations
    std::vector<Double4> offset;          // folded = position + offset, one per atom
    std::vector<std::uint32_t> order;     // atoms bin by bin: neighbours in space are neighbours in memory
    std::vector<Candidate> candidates;    // of all atoms
    std::uint32_t longest = 0;            // largest number of candidates of one atom

    void build(const Frame& frame, const std::vector<Double4>& positions, const std::vector<int>& species, double reach) {
        fold(frame, positions, reach);
        sort_into_bins();
        list_images(frame);
        const auto n_atoms = positions.size();
        candidates.clear();
        counts_.assign(n_atoms * n_types, 0);
        first_.assign(n_atoms, 0);
        longest = 0;
        for (std::uint32_t i : order) list_atom(i, species, reach * reach);
    }

    const Candidate* begin(std::uint32_t atom) const { return candidates.data() + first_[atom]; }
    std::uint32_t count(std::uint32_t atom, int type) const { return counts_[atom * n_types + type]; }

   private:
    std::array<int, 3> bins_{}, stencil_{}, image_range_{};
    std::array<double, 3> low_{}, scale_{};
    std::vector<Double4> folded_, sorted_;
    std::vector<std::array<int, 3>> bin_of_;
    std::vector<std::uint32_t> bin_start_;
    std::vector<std::size_t> first_;     // into candidates
    std::vector<std::uint32_t> counts_;  // (atoms, types)
    std::array<std::vector<Candidate>, n_types> found_;

    int bin_index(const std::array<int, 3>& b) const { return (b[0] * bins_[1] + b[1]) * bins_[2] + b[2]; }

    // Offsets into the frame, then bins about half the reach wide.
    void fold(const Frame& frame, const std::vector<Double4>& positions, double reach) {
        const auto n_atoms = positions.size();
        offset.assign(n_atoms, Double4{});
        folded_.resize(n_atoms);
        bin_of_.resize(n_atoms);
        std::array<double, 3> high{};
        for (int a = 0; a < 3; ++a) {
            low_[a] = 0.0;
            high[a] = 1.0;
            if (frame.periodic[a]) continue;
            low_[a] = high[a] = dot(positions[0], frame.reciprocal[a]);
            for (const Double4& x : positions) {
                low_[a] = std::min(low_[a], dot(x, frame.reciprocal[a]));
                high[a] = std::max(high[a], dot(x, frame.reciprocal[a]));
            }
        }
        for (int a = 0; a < 3; ++a) {
            const double width = (high[a] - low_[a]) * frame.height(a);
            bins_[a] = static_cast<int>(std::clamp(std::floor(width / (0.5 * reach)), 1.0, 256.0));
            scale_[a] = width > 0 ? bins_[a] / (high[a] - low_[a]) : 0.0;
            stencil_[a] = width > 0 ? static_cast<int>(std::ceil(reach * bins_[a] / width)) : 0;
            if (!frame.periodic[a]) stencil_[a] = std::min(stencil_[a], bins_[a] - 1);
        }
        for (std::size_t i = 0; i < n_atoms; ++i) {
            for (int a = 0; a < 3; ++a) {
                double fraction = dot(positions[i], frame.reciprocal[a]);
                if (!(std::abs(fraction) < 1e9)) throw std::runtime_error("an atom has left for infinity");
                if (frame.periodic[a]) {
                    const double whole_cells = std::floor(fraction);
                    offset[i] -= whole_cells * frame.row[a];
                    fraction -= whole_cells;
                }
                bin_of_[i][a] = std::clamp(static_cast<int>((fraction - low_[a]) * scale_[a]), 0, bins_[a] - 1);
            }
            folded_[i] = positions[i] + offset[i];
        }
    }

    void sort_into_bins() {
        bin_start_.assign(bins_[0] * bins_[1] * bins_[2] + 1, 0);
        for (const auto& bin : bin_of_) ++bin_start_[bin_index(bin) + 1];
        for (std::size_t b = 1; b < bin_start_.size(); ++b) bin_start_[b] += bin_start_[b - 1];
        std::vector<std::uint32_t> next(bin_start_.begin(), bin_start_.end() - 1);
        order.resize(folded_.size());
        sorted_.resize(folded_.size());
        for (std::uint32_t i = 0; i < folded_.size(); ++i) {
            const auto place = next[bin_index(bin_of_[i])]++;
            order[place] = i;
            sorted_[place] = folded_[i];
        }
    }

    void list_images(const Frame& frame) {
        for (int a = 0; a < 3; ++a)
            image_range_[a] = frame.periodic[a] ? (stencil_[a] + bins_[a] - 1) / bins_[a] : 0;
        images.clear();
        for (int a = -image_range_[0]; a <= image_range_[0]; ++a)
            for (int b = -image_range_[1]; b <= image_range_[1]; ++b)
                for (int c = -image_range_[2]; c <= image_range_[2]; ++c)
                    images.push_back(double(a) * frame.row[0] + double(b) * frame.row[1] + double(c) * frame.row[2]);
    }

    // Fold bin b + step into the frame; false beyond an open boundary.
    bool wrapped(int axis, int bin, int& inside, int& image) const {
        const int n = bins_[axis];
        image = bin >= 0 ? bin / n : -((n - 1 - bin) / n);
        inside = bin - image * n;
        return std::abs(image) <= image_range_[axis];
    }

    void list_atom(std::uint32_t i, const std::vector<int>& species, double reach_squared) {
        const auto& home = bin_of_[i];
        std::array<int, 3> bin{}, image{};
        for (int a = home[0] - stencil_[0]; a <= home[0] + stencil_[0]; ++a) {
            if (!wrapped(0, a, bin[0], image[0])) continue;
            for (int b = home[1] - stencil_[1]; b <= home[1] + stencil_[1]; ++b) {
                if (!wrapped(1, b, bin[1], image[1])) continue;
                for (int c = home[2] - stencil_[2]; c <= home[2] + stencil_[2]; ++c) {
                    if (!wrapped(2, c, bin[2], image[2])) continue;
                    search_bin(i, bin_index(bin), image, species, reach_squared);
                }
            }
        }
        collect(i);
    }

    void search_bin(std::uint32_t i, int bin, const std::array<int, 3>& image, const std::vector<int>& species,
                    double reach_squared) {
        const auto& range = image_range_;
        const int number = ((image[0] + range[0]) * (2 * range[1] + 1) + image[1] + range[1]) * (2 * range[2] + 1) +
                           image[2] + range[2];
        const Double4 from = folded_[i] - images[number];
        const bool is_home = image[0] == 0 && image[1] == 0 && image[2] == 0;
        for (std::uint32_t place = bin_start_[bin]; place < bin_start_[bin + 1]; ++place) {
            const Double4 apart = sorted_[place] - from;
            if (dot(apart, apart) >= reach_squared) continue;
            const std::uint32_t j = order[place];
            if (j == i && is_home) continue;
            found_[species[j]].push_back({j, static_cast<std::uint32_t>(number)});
        }
    }

    void collect(std::uint32_t i) {
        constexpr std::size_t most = 20000;
        first_[i] = candidates.size();
        for (int t = 0; t < n_types; ++t) {
            counts_[i * n_types + t] = static_cast<std::uint32_t>(found_[t].size());
            candidates.insert(candidates.end(), found_[t].begin(), found_[t].end());
            found_[t].clear();
        }
        const auto count = candidates.size() - first_[i];
        if (count > most)
            throw std::runtime_error("atom " + std::to_string(i) + " has " + std::to_string(count) +
                                     " neighbours: the structure has collapsed, or the cell is far too small");
        longest = std::max(longest, static_cast<std::uint32_t>(count));
    }
};

}  // namespace superionic
