// A Verlet list of all images within cutoff + skin, cut into chunks of atoms that lie together.
//
// A chunk numbers what it can see, its own atoms and the images around them, and lists neighbours by these numbers: it
// reads a compact table of positions and leaves its forces in another, so that chunks can be computed at the same time.
// The cut depends on the structure alone, never on the number of threads.
#pragma once

#include <string>

#include "bins.h"

namespace superionic {

constexpr std::size_t chunk_atoms = 96;  // about

// What a chunk can see: an atom through an image.
struct Visible {
    std::uint32_t atom;
    std::uint32_t image;  // index into Bins::images
};

struct Listed {
    std::uint32_t atom;
    std::uint32_t centre;          // its own number in the chunk
    std::uint32_t first;           // into Chunk::candidate
    std::uint32_t total;           // candidates, ordered by species:
    std::uint32_t count[n_types];  // so many of each
};

struct Chunk {
    std::vector<Listed> listed;             // atoms of one species follow each other and find their weights in the cache
    std::vector<std::uint32_t> candidate;   // numbers in `visible`; readable four beyond the last
    std::vector<Visible> visible;
    std::size_t first_slot = 0;             // of `visible` among those of all chunks
    std::uint32_t longest = 0;              // largest number of candidates of one atom
};

class VerletList {
   public:
    Bins bins;
    std::vector<Chunk> chunks;

    static std::size_t chunks_of(std::size_t n_atoms) {
        return std::max<std::size_t>(1, (n_atoms + chunk_atoms / 2) / chunk_atoms);
    }

    void build(const Frame& frame, const std::vector<Double4>& positions, const std::vector<int>& species, double reach,
               Team& team) {
        bins.sort(frame, positions, reach, team);
        bins.list_places(order_);
        chunks.resize(chunks_of(positions.size()));
        searches_.resize(team.size());
        team.share(chunks.size(), [&](std::size_t number, std::size_t member) {
            const auto* place = order_.data() + number * order_.size() / chunks.size();
            const auto* end = order_.data() + (number + 1) * order_.size() / chunks.size();
            list_chunk({place, end}, species, reach * reach, searches_[member], chunks[number]);
        });
        std::size_t slots = 0;
        for (Chunk& chunk : chunks) {
            chunk.first_slot = slots;
            slots += chunk.visible.size();
        }
        if (team.size() > 1) list_slots(positions.size(), slots);
    }

    // Where atom i is seen, in the order of the chunks; only kept for a team.
    const std::uint32_t* slots(std::size_t i) const { return slot_.data() + slot_start_[i]; }
    const std::uint32_t* slots_end(std::size_t i) const { return slot_.data() + slot_start_[i + 1]; }
    std::size_t n_slots() const { return chunks.back().first_slot + chunks.back().visible.size(); }

   private:
    // Part of a row of bins, seen through one image, that some atom of the chunk may reach.
    struct Stretch {
        std::uint32_t begin, end;  // places
        std::uint32_t image;
        std::uint32_t first;       // number of the first in the search's tables
        std::size_t key;
    };
    struct Search {
        std::vector<Run> run;                  // of all bins of the chunk
        std::vector<Stretch> stretch;
        std::vector<std::uint32_t> number_of;  // by row and image: 1 + number of its stretch
        std::vector<double> x, y, z, squared;
        std::vector<int> type;
        std::vector<Visible> seen;
        std::vector<std::uint32_t> found, renumbered;
    };
    struct Places {
        const std::uint32_t *begin, *end;
    };

    std::vector<std::uint32_t> order_;  // places, chunk after chunk
    std::vector<Search> searches_;      // one a member of the team
    std::vector<std::uint32_t> slot_;
    std::vector<std::size_t> slot_start_;

    // call(first place, end, first run, end) for atoms of one bin that follow each other.
    template <class Call>
    void by_bin(Places places, Call call) const {
        for (const auto* first = places.begin; first != places.end;) {
            const int bin = bins.bin_of(bins.atom_at[*first]);
            const auto* end = first;
            while (end != places.end && bins.bin_of(bins.atom_at[*end]) == bin) ++end;
            call(first, end, bin);
            first = end;
        }
    }

    void list_chunk(Places places, const std::vector<int>& species, double reach_squared, Search& search, Chunk& chunk) const {
        chunk.listed.clear();
        chunk.candidate.clear();
        chunk.longest = 0;
        std::vector<std::size_t> runs_end;
        search.run.clear();
        by_bin(places, [&](const std::uint32_t*, const std::uint32_t*, int bin) {
            bins.list_runs(bin, search.run);
            runs_end.push_back(search.run.size());
        });
        look_around(species, search);
        std::size_t first = 0, number = 0;
        by_bin(places, [&](const std::uint32_t* place, const std::uint32_t* end, int) {
            const Run *begin = search.run.data() + first, *stop = search.run.data() + runs_end[number];
            for (; place != end; ++place) list_atom(*place, begin, stop, reach_squared, search, chunk);
            first = runs_end[number++];
        });
        renumber(search, chunk);
        std::stable_sort(chunk.listed.begin(), chunk.listed.end(),
                         [&](const Listed& a, const Listed& b) { return species[a.atom] < species[b.atom]; });
    }

    // Join the runs into stretches, and table the atoms of these.
    void look_around(const std::vector<int>& species, Search& s) const {
        s.stretch.clear();
        s.number_of.resize(bins.rows() * bins.images.size(), 0);
        for (Run& run : s.run) {
            const std::size_t key = run.row * bins.images.size() + run.image;
            std::uint32_t& number = s.number_of[key];
            if (!number) {
                s.stretch.push_back({run.begin, run.end, run.image, 0, key});
                number = static_cast<std::uint32_t>(s.stretch.size());
            }
            Stretch& stretch = s.stretch[number - 1];
            stretch.begin = std::min(stretch.begin, run.begin);
            stretch.end = std::max(stretch.end, run.end);
            run.row = number - 1;  // from here on the number of its stretch
        }
        s.x.clear(), s.y.clear(), s.z.clear(), s.type.clear(), s.seen.clear();
        for (Stretch& stretch : s.stretch) {
            s.number_of[stretch.key] = 0;
            stretch.first = static_cast<std::uint32_t>(s.seen.size());
            const Double4 image = bins.images[stretch.image];
            for (std::uint32_t place = stretch.begin; place < stretch.end; ++place) {
                s.x.push_back(bins.sorted[0][place] + image[0]);
                s.y.push_back(bins.sorted[1][place] + image[1]);
                s.z.push_back(bins.sorted[2][place] + image[2]);
                s.type.push_back(species[bins.atom_at[place]]);
                s.seen.push_back({bins.atom_at[place], stretch.image});
            }
        }
        s.squared.resize(s.seen.size());
        s.found.resize(s.seen.size() + 1);
    }

    void list_atom(std::uint32_t place, const Run* run, const Run* end, double reach_squared, Search& s, Chunk& chunk) const {
        Listed listed{bins.atom_at[place], 0, static_cast<std::uint32_t>(chunk.candidate.size()), 0, {}};
        const double x = bins.sorted[0][place], y = bins.sorted[1][place], z = bins.sorted[2][place];
        for (; run != end; ++run) {
            const Stretch& stretch = s.stretch[run->row];
            const std::uint32_t size = run->end - run->begin, first = stretch.first + (run->begin - stretch.begin);
            const double *px = s.x.data() + first, *py = s.y.data() + first, *pz = s.z.data() + first;
            double* squared = s.squared.data();
            for (std::uint32_t k = 0; k < size; ++k) {
                const double dx = px[k] - x, dy = py[k] - y, dz = pz[k] - z;
                squared[k] = dx * dx + dy * dy + dz * dz;
            }
            if (run->image == bins.home() && run->begin <= place && place < run->end) {
                squared[place - run->begin] = reach_squared;  // no neighbour of its own
                listed.centre = first + (place - run->begin);
            }
            for (std::uint32_t k = 0; k < size; ++k) {  // written always, counted when inside: no branch
                s.found[listed.total] = first + k;
                listed.total += squared[k] < reach_squared;
            }
        }
        keep(listed, s, chunk);
    }

    // Append what was found to the chunk, species by species.
    static void keep(Listed& listed, const Search& s, Chunk& chunk) {
        constexpr std::uint32_t most = 20000;
        if (listed.total > most)
            throw std::runtime_error("atom " + std::to_string(listed.atom) + " has " + std::to_string(listed.total) +
                                     " neighbours: the structure has collapsed, or the cell is far too small");
        chunk.longest = std::max(chunk.longest, listed.total);
        for (std::uint32_t k = 0; k < listed.total; ++k) ++listed.count[s.type[s.found[k]]];
        std::uint32_t next[n_types], sum = 0;
        for (int t = 0; t < n_types; ++t) {
            next[t] = sum;
            sum += listed.count[t];
        }
        chunk.candidate.resize(listed.first + listed.total);
        std::uint32_t* to = chunk.candidate.data() + listed.first;
        for (std::uint32_t k = 0; k < listed.total; ++k) to[next[s.type[s.found[k]]]++] = s.found[k];
        chunk.listed.push_back(listed);
    }

    // Leave out what no atom of the chunk has as a neighbour.
    static void renumber(Search& s, Chunk& chunk) {
        s.renumbered.assign(s.seen.size(), 0);
        for (const std::uint32_t k : chunk.candidate) s.renumbered[k] = 1;
        for (const Listed& listed : chunk.listed) s.renumbered[listed.centre] = 1;
        chunk.visible.clear();
        for (std::size_t k = 0; k < s.seen.size(); ++k)
            if (s.renumbered[k]) {
                s.renumbered[k] = static_cast<std::uint32_t>(chunk.visible.size());
                chunk.visible.push_back(s.seen[k]);
            }
        for (std::uint32_t& k : chunk.candidate) k = s.renumbered[k];
        for (Listed& listed : chunk.listed) listed.centre = s.renumbered[listed.centre];
        chunk.candidate.resize(chunk.candidate.size() + 4);
    }

    void list_slots(std::size_t n_atoms, std::size_t total) {
        slot_start_.assign(n_atoms + 2, 0);
        for (const Chunk& chunk : chunks)
            for (const Visible& seen : chunk.visible) ++slot_start_[seen.atom + 2];
        for (std::size_t i = 2; i < slot_start_.size(); ++i) slot_start_[i] += slot_start_[i - 1];
        slot_.resize(total);
        std::uint32_t number = 0;
        for (const Chunk& chunk : chunks)
            for (const Visible& seen : chunk.visible) slot_[slot_start_[seen.atom + 1]++] = number++;
    }
};

}  // namespace superionic
