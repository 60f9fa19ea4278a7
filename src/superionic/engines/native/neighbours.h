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
    std::vector<Double4> images;        // lattice translations
    std::vector<Double4> offset;        // folded = position + offset, one per atom
    std::vector<std::uint32_t> order;   // in which to visit atoms: region by region, one species at a time
    std::uint32_t longest = 0;          // largest number of candidates of one atom

    void build(const Frame& frame, const std::vector<Double4>& positions, const std::vector<int>& species, double reach) {
        choose_bins(frame, positions, reach);
        fold(frame, positions);
        sort_into_bins();
        list_images(frame);
        counts_.assign(positions.size() * n_types, 0);
        first_.assign(positions.size(), 0);
        candidates_.clear();
        longest = 0;
        std::array<int, 3> home{};
        for (home[0] = 0; home[0] < bins_[0]; ++home[0])
            for (home[1] = 0; home[1] < bins_[1]; ++home[1])
                for (home[2] = 0; home[2] < bins_[2]; ++home[2]) list_bin(home, species, reach * reach);
        candidates_.resize(candidates_.size() + 4);  // so that the last one can be read in groups of four
        group_species(species);
    }

    const Candidate* begin(std::uint32_t atom) const { return candidates_.data() + first_[atom]; }
    // Bring the list of an atom into the cache.
    void prefetch(std::uint32_t atom) const {
        const Candidate* end = begin(atom) + count(atom);
        for (const Candidate* line = begin(atom); line < end; line += 64 / sizeof(Candidate)) __builtin_prefetch(line);
    }
    // Of one species, or of all.
    std::uint32_t count(std::uint32_t atom, int type) const { return counts_[atom * n_types + type]; }
    std::uint32_t count(std::uint32_t atom) const {
        std::uint32_t sum = 0;
        for (int t = 0; t < n_types; ++t) sum += count(atom, t);
        return sum;
    }

   private:
    // Atoms of neighbouring bins that lie one after the other in memory, seen through one image.
    struct Run {
        std::uint32_t begin, end, image;
    };

    std::array<int, 3> bins_{}, stencil_{}, image_range_{};
    std::array<double, 3> low_{}, scale_{};
    std::vector<int> bin_of_;
    std::vector<std::uint32_t> bin_start_;
    std::vector<Double4> folded_;
    std::array<std::vector<double>, 3> sorted_;  // folded positions bin by bin, x y z apart
    std::vector<std::uint32_t> sorted_atom_;
    std::vector<Run> runs_;
    std::vector<double> distance_squared_;
    std::vector<Candidate> found_;
    std::vector<Candidate> candidates_;          // of all atoms
    std::vector<std::size_t> first_;             // into candidates_
    std::vector<std::uint32_t> counts_;          // (atoms, types)

    int bin_index(int a, int b, int c) const { return (a * bins_[1] + b) * bins_[2] + c; }

    // Bins about half the reach wide.
    void choose_bins(const Frame& frame, const std::vector<Double4>& positions, double reach) {
        for (int a = 0; a < 3; ++a) {
            double low = 0.0, high = 1.0;
            if (!frame.periodic[a]) {
                low = high = dot(positions[0], frame.reciprocal[a]);
                for (const Double4& x : positions) {
                    low = std::min(low, dot(x, frame.reciprocal[a]));
                    high = std::max(high, dot(x, frame.reciprocal[a]));
                }
            }
            const double width = (high - low) * frame.height(a);
            bins_[a] = static_cast<int>(std::clamp(std::floor(width / (0.5 * reach)), 1.0, 256.0));
            low_[a] = low;
            scale_[a] = width > 0 ? bins_[a] / (high - low) : 0.0;
            stencil_[a] = width > 0 ? static_cast<int>(std::ceil(reach * bins_[a] / width)) : 0;
            if (!frame.periodic[a]) stencil_[a] = std::min(stencil_[a], bins_[a] - 1);
            image_range_[a] = frame.periodic[a] ? (stencil_[a] + bins_[a] - 1) / bins_[a] : 0;
        }
    }

    void fold(const Frame& frame, const std::vector<Double4>& positions) {
        offset.assign(positions.size(), Double4{});
        folded_.resize(positions.size());
        bin_of_.resize(positions.size());
        for (std::size_t i = 0; i < positions.size(); ++i) {
            std::array<int, 3> bin{};
            for (int a = 0; a < 3; ++a) {
                double fraction = dot(positions[i], frame.reciprocal[a]);
                if (!(std::abs(fraction) < 1e9)) throw std::runtime_error("an atom has left for infinity");
                if (frame.periodic[a]) {
                    const double whole_cells = std::floor(fraction);
                    offset[i] -= whole_cells * frame.row[a];
                    fraction -= whole_cells;
                }
                bin[a] = std::clamp(static_cast<int>((fraction - low_[a]) * scale_[a]), 0, bins_[a] - 1);
            }
            folded_[i] = positions[i] + offset[i];
            bin_of_[i] = bin_index(bin[0], bin[1], bin[2]);
        }
    }

    void sort_into_bins() {
        bin_start_.assign(bins_[0] * bins_[1] * bins_[2] + 1, 0);
        for (const int bin : bin_of_) ++bin_start_[bin + 1];
        for (std::size_t b = 1; b < bin_start_.size(); ++b) bin_start_[b] += bin_start_[b - 1];
        std::vector<std::uint32_t> next(bin_start_.begin(), bin_start_.end() - 1);
        sorted_atom_.resize(folded_.size());
        for (auto& axis : sorted_) axis.resize(folded_.size());
        for (std::uint32_t i = 0; i < folded_.size(); ++i) {
            const auto place = next[bin_of_[i]]++;
            sorted_atom_[place] = i;
            for (int a = 0; a < 3; ++a) sorted_[a][place] = folded_[i][a];
        }
    }

    void list_images(const Frame& frame) {
        images.clear();
        for (int a = -image_range_[0]; a <= image_range_[0]; ++a)
            for (int b = -image_range_[1]; b <= image_range_[1]; ++b)
                for (int c = -image_range_[2]; c <= image_range_[2]; ++c)
                    images.push_back(double(a) * frame.row[0] + double(b) * frame.row[1] + double(c) * frame.row[2]);
    }

    int image_index(int a, int b, int c) const {
        return ((a + image_range_[0]) * (2 * image_range_[1] + 1) + b + image_range_[1]) * (2 * image_range_[2] + 1) +
               c + image_range_[2];
    }

    // The cell that bin number `bin` lies in, which may be beyond the frame.
    int image_of(int axis, int bin) const { return bin >= 0 ? bin / bins_[axis] : -((bins_[axis] - 1 - bin) / bins_[axis]); }

    void list_runs(const std::array<int, 3>& home) {
        runs_.clear();
        const int last = home[2] + stencil_[2];
        for (int a = home[0] - stencil_[0]; a <= home[0] + stencil_[0]; ++a) {
            const int image_a = image_of(0, a);
            if (std::abs(image_a) > image_range_[0]) continue;  // beyond an open boundary
            for (int b = home[1] - stencil_[1]; b <= home[1] + stencil_[1]; ++b) {
                const int image_b = image_of(1, b);
                if (std::abs(image_b) > image_range_[1]) continue;
                for (int c = home[2] - stencil_[2]; c <= last;) {
                    const int image_c = image_of(2, c), origin = image_c * bins_[2];
                    const int stop = std::min(last + 1, origin + bins_[2]);
                    const int row = bin_index(a - image_a * bins_[0], b - image_b * bins_[1], 0);
                    if (std::abs(image_c) <= image_range_[2])
                        runs_.push_back({bin_start_[row + c - origin], bin_start_[row + stop - origin],
                                         static_cast<std::uint32_t>(image_index(image_a, image_b, image_c))});
                    c = stop;
                }
            }
        }
    }

    void list_bin(const std::array<int, 3>& home, const std::vector<int>& species, double reach_squared) {
        const int bin = bin_index(home[0], home[1], home[2]);
        if (bin_start_[bin] == bin_start_[bin + 1]) return;
        list_runs(home);
        std::size_t most = 0;
        for (const Run& run : runs_) most += run.end - run.begin;
        if (found_.size() < most) found_.resize(most);
        if (distance_squared_.size() < most) distance_squared_.resize(most);
        for (std::uint32_t place = bin_start_[bin]; place < bin_start_[bin + 1]; ++place) {
            std::size_t count = 0;
            for (const Run& run : runs_) count = search(run, place, reach_squared, count);
            collect(sorted_atom_[place], count, species);
        }
    }

    // Append to found_ whatever of the run is within reach; returns the new count.
    std::size_t search(const Run& run, std::uint32_t centre, double reach_squared, std::size_t count) {
        const Double4 image = images[run.image];
        const double x = sorted_[0][centre] - image[0], y = sorted_[1][centre] - image[1], z = sorted_[2][centre] - image[2];
        const std::uint32_t size = run.end - run.begin;
        const double *px = &sorted_[0][run.begin], *py = &sorted_[1][run.begin], *pz = &sorted_[2][run.begin];
        double* squared = distance_squared_.data();
        for (std::uint32_t k = 0; k < size; ++k) {
            const double dx = px[k] - x, dy = py[k] - y, dz = pz[k] - z;
            squared[k] = dx * dx + dy * dy + dz * dz;
        }
        const bool home = run.image == images.size() / 2;  // the middle one is no translation
        if (home && run.begin <= centre && centre < run.end) squared[centre - run.begin] = reach_squared;
        Candidate* found = found_.data();
        const std::uint32_t* atom = &sorted_atom_[run.begin];
        for (std::uint32_t k = 0; k < size; ++k) {  // written always, counted when inside: no branch
            found[count] = {atom[k], run.image};
            count += squared[k] < reach_squared;
        }
        return count;
    }

    // Keep the first `count` of found_ as the list of atom i, species by species.
    void collect(std::uint32_t i, std::size_t count, const std::vector<int>& species) {
        constexpr std::size_t most = 20000;
        if (count > most)
            throw std::runtime_error("atom " + std::to_string(i) + " has " + std::to_string(count) +
                                     " neighbours: the structure has collapsed, or the cell is far too small");
        longest = std::max(longest, static_cast<std::uint32_t>(count));
        first_[i] = candidates_.size();
        candidates_.resize(first_[i] + count);
        std::array<std::uint32_t, n_types + 1> next{};
        for (std::size_t k = 0; k < count; ++k) ++next[species[found_[k].atom] + 1];
        for (int t = 0; t < n_types; ++t) {
            counts_[i * n_types + t] = next[t + 1];
            next[t + 1] += next[t];
        }
        Candidate* to = candidates_.data() + first_[i];
        for (std::size_t k = 0; k < count; ++k) to[next[species[found_[k].atom]]++] = found_[k];
    }

    // Within each region of some dozens of atoms, atoms of one species follow each other and find the
    // network's weights in the cache.
    void group_species(const std::vector<int>& species) {
        constexpr std::size_t region = 64;
        order = sorted_atom_;
        for (std::size_t first = 0; first < order.size(); first += region)
            std::stable_sort(order.begin() + first, order.begin() + std::min(first + region, order.size()),
                             [&](std::uint32_t a, std::uint32_t b) { return species[a] < species[b]; });
    }
};

}  // namespace superionic
