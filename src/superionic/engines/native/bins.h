// Atoms sorted into bins of a triclinic frame; runs of bins around one of them, through all periodic images.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "frame.h"
#include "threads.h"

namespace superionic {

// Loops over atoms are cut into spans of this length, whatever the number of threads.
constexpr std::size_t span_atoms = 512;

// work(begin, end, number of the span) for all spans of n atoms.
template <class Work>
inline void share_atoms(Team& team, std::size_t n, Work&& work) {
    team.share((n + span_atoms - 1) / span_atoms, [&](std::size_t span, std::size_t) {
        work(span * span_atoms, std::min(n, (span + 1) * span_atoms), span);
    });
}

// Atoms of neighbouring bins that lie one after the other, seen through one image.
struct Run {
    std::uint32_t begin, end;  // places
    std::uint32_t row, image;  // row of bins along the last axis
};

// Atoms are folded into the frame by a per-atom offset that stays fixed until the next sort, so that the unwrapped
// positions are never touched. A `place` is an atom's number in the order of the bins.
class Bins {
   public:
    std::vector<Double4> images;  // lattice translations
    std::vector<Double4> offset;  // folded = position + offset, one per atom
    std::vector<std::uint32_t> atom_at;          // by place
    std::array<std::vector<double>, 3> sorted;   // folded positions by place, x y z each

    void sort(const Frame& frame, const std::vector<Double4>& positions, double reach, Team& team) {
        choose_bins(frame, positions, reach);
        fold(frame, positions, team);
        start_.assign(bins_[0] * bins_[1] * bins_[2] + 1, 0);
        for (const int bin : bin_of_) ++start_[bin + 1];
        for (std::size_t b = 1; b < start_.size(); ++b) start_[b] += start_[b - 1];
        std::vector<std::uint32_t> next(start_.begin(), start_.end() - 1);
        atom_at.resize(positions.size());
        for (auto& axis : sorted) axis.resize(positions.size());
        for (std::uint32_t i = 0; i < positions.size(); ++i) {
            const auto place = next[bin_of_[i]]++;
            atom_at[place] = i;
            for (int a = 0; a < 3; ++a) sorted[a][place] = positions[i][a] + offset[i][a];
        }
        follow(frame);
    }

    // Take the translations from a frame that has been deformed; atoms keep their images.
    void follow(const Frame& frame) {
        for (std::size_t i = 0; i < offset.size(); ++i) offset[i] = -frame.translation(cells_[i]);
        images.clear();
        for (int a = -image_range_[0]; a <= image_range_[0]; ++a)
            for (int b = -image_range_[1]; b <= image_range_[1]; ++b)
                for (int c = -image_range_[2]; c <= image_range_[2]; ++c) images.push_back(frame.translation({a, b, c}));
    }

    std::size_t rows() const { return static_cast<std::size_t>(bins_[0]) * bins_[1]; }
    int bin_of(std::uint32_t atom) const { return bin_of_[atom]; }
    std::uint32_t row_of(std::uint32_t atom) const { return bin_of_[atom] / bins_[2]; }
    std::uint32_t home() const { return static_cast<std::uint32_t>(images.size() / 2); }  // the image that is no translation

    // All places, column by column of two bins by two, up one and down the next: any part of this order is compact.
    void list_places(std::vector<std::uint32_t>& order) const {
        order.clear();
        bool up = true;
        for (int a = 0; a < bins_[0]; a += 2)
            for (int b = 0; b < bins_[1]; b += 2, up = !up)
                for (int height = 0; height < bins_[2]; ++height) {
                    const int c = up ? height : bins_[2] - 1 - height;
                    for (int x = a; x < std::min(a + 2, bins_[0]); ++x)
                        for (int y = b; y < std::min(b + 2, bins_[1]); ++y)
                            for (auto place = start_[index(x, y, c)]; place < start_[index(x, y, c) + 1]; ++place)
                                order.push_back(place);
                }
    }

    // Append whatever may be within reach of the atoms of a bin.
    void list_runs(int bin, std::vector<Run>& runs) const {
        const int home[3] = {bin / (bins_[1] * bins_[2]), bin / bins_[2] % bins_[1], bin % bins_[2]};
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
                    const int first = index(a - image_a * bins_[0], b - image_b * bins_[1], 0);
                    if (std::abs(image_c) <= image_range_[2])
                        runs.push_back({start_[first + c - origin], start_[first + stop - origin],
                                        static_cast<std::uint32_t>(first / bins_[2]), image_index(image_a, image_b, image_c)});
                    c = stop;
                }
            }
        }
    }

   private:
    std::array<int, 3> bins_{}, stencil_{}, image_range_{};
    std::array<double, 3> low_{}, scale_{};
    std::vector<int> bin_of_;                // by atom
    std::vector<std::uint32_t> start_;       // places of each bin
    std::vector<std::array<int, 3>> cells_;  // by atom: the cell it was folded from

    int index(int a, int b, int c) const { return (a * bins_[1] + b) * bins_[2] + c; }
    // The cell that bin number `bin` lies in, which may be beyond the frame.
    int image_of(int axis, int bin) const { return bin >= 0 ? bin / bins_[axis] : -((bins_[axis] - 1 - bin) / bins_[axis]); }
    std::uint32_t image_index(int a, int b, int c) const {
        return ((a + image_range_[0]) * (2 * image_range_[1] + 1) + b + image_range_[1]) * (2 * image_range_[2] + 1) + c +
               image_range_[2];
    }

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
            if (frame.periodic[a] && !(reach < 100 * width))
                throw Refusal("cell height " + std::to_string(width) + " Å along vector " + "abc"[a] +
                              std::string(" is too small for the cutoff: repeat the structure"));
            bins_[a] = static_cast<int>(std::clamp(std::floor(width / (0.5 * reach)), 1.0, 256.0));
            low_[a] = low;
            scale_[a] = width > 0 ? bins_[a] / (high - low) : 0.0;
            stencil_[a] = width > 0 ? static_cast<int>(std::ceil(reach * bins_[a] / width)) : 0;
            if (!frame.periodic[a]) stencil_[a] = std::min(stencil_[a], bins_[a] - 1);
            image_range_[a] = frame.periodic[a] ? (stencil_[a] + bins_[a] - 1) / bins_[a] : 0;
        }
    }

    void fold(const Frame& frame, const std::vector<Double4>& positions, Team& team) {
        offset.resize(positions.size());
        cells_.resize(positions.size());
        bin_of_.resize(positions.size());
        share_atoms(team, positions.size(), [&](std::size_t begin, std::size_t end, std::size_t) {
            for (std::size_t i = begin; i < end; ++i) {
                int bin[3];
                for (int a = 0; a < 3; ++a) {
                    double fraction = dot(positions[i], frame.reciprocal[a]);
                    if (!(std::abs(fraction) < 1e9)) throw std::runtime_error("an atom has left for infinity");
                    const double whole_cells = frame.periodic[a] ? std::floor(fraction) : 0.0;
                    cells_[i][a] = static_cast<int>(whole_cells);
                    bin[a] = std::clamp(static_cast<int>((fraction - whole_cells - low_[a]) * scale_[a]), 0, bins_[a] - 1);
                }
                offset[i] = -frame.translation(cells_[i]);
                bin_of_[i] = index(bin[0], bin[1], bin[2]);
            }
        });
    }
};

}  // namespace superionic
