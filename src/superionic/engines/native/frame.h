// Lattice vectors and their reciprocals, for any mixture of periodic and open directions.
#pragma once

#include <array>
#include <cmath>
#include <stdexcept>

#include "matrix.h"

namespace superionic {

// Something the caller asked for that is not to be had.
struct Refusal : std::runtime_error {
    using std::runtime_error::runtime_error;
};

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

    // Sum of lattice vectors.
    Double4 translation(const std::array<int, 3>& cells) const {
        return double(cells[0]) * row[0] + double(cells[1]) * row[1] + double(cells[2]) * row[2];
    }

    double height(int a) const { return 1.0 / std::sqrt(dot(reciprocal[a], reciprocal[a])); }

   private:
    // A unit vector at right angles to two vectors, either of which may be zero.
    static Double4 perpendicular(Double4 a, Double4 b) {
        Double4 normal = cross(a, b);
        if (dot(normal, normal) < 1e-12) {
            const Double4 longer = dot(a, a) > dot(b, b) ? a : b;
            const int smallest_axis = std::abs(longer[0]) <= std::abs(longer[1]) && std::abs(longer[0]) <= std::abs(longer[2]) ? 0
                                   : std::abs(longer[1]) <= std::abs(longer[2])                                        ? 1
                                                                                                                     : 2;
            Double4 axis{};
            axis[smallest_axis] = 1.0;
            normal = dot(longer, longer) > 0 ? cross(longer, axis) : axis;
        }
        return normal / std::sqrt(dot(normal, normal));
    }
};

}  // namespace superionic
