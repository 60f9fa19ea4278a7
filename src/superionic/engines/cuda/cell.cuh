// Stochastic cell rescaling between the first half kick and the move: Bernetti & Bussi, J. Chem. Phys. 153, 114107 (2020);
// full cell, Del Tatto, Raiteri, Bernetti & Bussi, Appl. Sci. 12, 1139 (2022). As md/barostat.py, which holds the
// equations.
#pragma once
#include "motion.cuh"

// The first half kick of a step in which the cell moves, and sum_i m v_a v_b of the block's atoms: xx yy zz yz xz xy.
extern "C" __global__ void __launch_bounds__(atom_threads) kick(const World* __restrict__ world) {
    const World& w = *world;
    const int r = replica_of_block(w), a = atom_of_thread(w);
    if (finished(w, r) || !cell_moves(w, r)) return;
    double* shared = reinterpret_cast<double*>(DYNAMIC_SHARED());
    double flux[6] = {0, 0, 0, 0, 0, 0};
    if (a >= 0) {
        const int i = r * w.n_atoms + a;
        const double mass = w.mass[a], kick = 0.5 * w.timestep / mass, factor = w.replica[r].factor;
        const Double4 f = w.force[i];
        Double4 v = w.velocity[i];
        v = {v.x * factor + kick * f.x, v.y * factor + kick * f.y, v.z * factor + kick * f.z, 0};
        w.velocity[i] = v;
        flux[0] = mass * v.x * v.x;
        flux[1] = mass * v.y * v.y;
        flux[2] = mass * v.z * v.z;
        flux[3] = mass * v.y * v.z;
        flux[4] = mass * v.x * v.z;
        flux[5] = mass * v.x * v.y;
    }
    for (int k = 0; k < 6; ++k) {
        const double total = thread_total(flux[k], shared, atom_threads);
        if (threadIdx.x == 0) w.stress_part[6 * static_cast<i64>(blockIdx.x) + k] = total;
    }
}

struct Matrix {
    double at[3][3];
};
DEVICE Matrix product(const Matrix& a, const Matrix& b) {
    Matrix c;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) c.at[i][j] = a.at[i][0] * b.at[0][j] + a.at[i][1] * b.at[1][j] + a.at[i][2] * b.at[2][j];
    return c;
}
DEVICE Matrix scaled_identity(double value) { return {{{value, 0, 0}, {0, value, 0}, {0, 0, value}}}; }
DEVICE Matrix read_matrix(const double* from) {
    Matrix m;
    for (int k = 0; k < 9; ++k) m.at[k / 3][k % 3] = from[k];
    return m;
}
DEVICE void write_matrix(const Matrix& m, double* to) {
    for (int k = 0; k < 9; ++k) to[k] = m.at[k / 3][k % 3];
}
DEVICE double determinant(const Matrix& m) {
    const double(*a)[3] = m.at;
    return a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) - a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
           a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
}
DEVICE Matrix inverted(const Matrix& m) {
    const double(*a)[3] = m.at;
    const double scale = 1 / determinant(m);
    Matrix b;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) {
            const int i1 = (i + 1) % 3, i2 = (i + 2) % 3, j1 = (j + 1) % 3, j2 = (j + 2) % 3;
            b.at[j][i] = scale * (a[i1][j1] * a[i2][j2] - a[i1][j2] * a[i2][j1]);
        }
    return b;
}
DEVICE Matrix transposed(const Matrix& m) {
    Matrix t;
    for (int k = 0; k < 9; ++k) t.at[k % 3][k / 3] = m.at[k / 3][k % 3];
    return t;
}

// The power series, for matrices far smaller than one.
DEVICE Matrix exponential(const Matrix& m) {
    Matrix result = scaled_identity(1), term = scaled_identity(1);
    for (int order = 1; order < 9; ++order) {
        term = product(term, m);
        for (int k = 0; k < 9; ++k) term.at[k / 3][k % 3] /= order;
        for (int k = 0; k < 9; ++k) result.at[k / 3][k % 3] += term.at[k / 3][k % 3];
    }
    return result;
}

// The rotation Q for which `rows` Q is lower triangular with a positive diagonal: Gram-Schmidt on the rows.
DEVICE Matrix to_lower_triangular(const Matrix& rows) {
    double e[3][3];
    for (int i = 0; i < 3; ++i) {
        for (int k = 0; k < 3; ++k) e[i][k] = rows.at[i][k];
        for (int twice = 0; twice < 2; ++twice)
            for (int j = 0; j < i; ++j) {
                const double along = e[i][0] * e[j][0] + e[i][1] * e[j][1] + e[i][2] * e[j][2];
                for (int k = 0; k < 3; ++k) e[i][k] -= along * e[j][k];
            }
        const double length = sqrt(e[i][0] * e[i][0] + e[i][1] * e[i][1] + e[i][2] * e[i][2]);
        for (int k = 0; k < 3; ++k) e[i][k] /= length;
    }
    Matrix q;
    for (int i = 0; i < 3; ++i)
        for (int k = 0; k < 3; ++k) q.at[k][i] = e[i][k];
    return q;
}

// Bins stay as they are during a block: are they still as wide as the reach asks for?
DEVICE bool outgrown(const World& w, const Matrix& inverse) {
    for (int k = 0; k < 3; ++k) {
        const double spacing = 1 / sqrt(inverse.at[0][k] * inverse.at[0][k] + inverse.at[1][k] * inverse.at[1][k] +
                                        inverse.at[2][k] * inverse.at[2][k]);
        if (w.reach * w.bins[k] > w.bin_range[k] * spacing) return true;
    }
    return false;
}

// Deformation of one replica from its kinetic tensor: exp of the drift and noise, then back to lower triangular.
DEVICE void deform(const World& w, int r, const double (&flux)[6]) {
    Replica& replica = w.replica[r];
    const Matrix cell = read_matrix(replica.cell), virial = read_matrix(replica.virial);
    const double volume = fabs(determinant(cell)), rate = w.cell_rate, thermal = w.kT / volume;
    const int voigt[3][3] = {{0, 5, 4}, {5, 1, 3}, {4, 3, 2}};
    Matrix pressure;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j)
            pressure.at[i][j] = (flux[voigt[i][j]] + 0.5 * (virial.at[i][j] + virial.at[j][i])) / volume;
    const double* normal = w.normals + 9 * (static_cast<i64>(replica.step / w.cell_every) * w.n_replicas + r);
    Matrix strain = scaled_identity(0);
    if (w.isotropic) {
        const double mean = (pressure.at[0][0] + pressure.at[1][1] + pressure.at[2][2]) / 3;
        const double dilation = rate * (mean - w.pressure) + sqrt(2 * thermal * rate) * normal[0];
        strain = scaled_identity(dilation / 3);
    } else {
        const double noise = sqrt(2 * thermal * rate / 3);
        for (int k = 0; k < 9; ++k)
            strain.at[k / 3][k % 3] =
                rate / 3 * (pressure.at[k / 3][k % 3] - (k % 4 == 0 ? w.pressure : 0)) + noise * normal[k];
    }
    double largest = 0;
    for (int k = 0; k < 9; ++k) {
        const double size = fabs(strain.at[k / 3][k % 3]);
        if (!(size <= largest)) largest = size;  // NaN as well
    }
    if (!(largest <= 0.1)) {
        w.trouble[r].cell = 1;
        strain = scaled_identity(0);
    }
    const Matrix deformation = exponential(strain);
    const Matrix turned = product(deformation, to_lower_triangular(product(cell, deformation)));
    Matrix moved = product(cell, turned);
    moved.at[0][1] = moved.at[0][2] = moved.at[1][2] = 0;
    const Matrix inverse = inverted(moved);
    if (outgrown(w, inverse) && w.trouble[r].cell == 0) w.trouble[r].cell = 2;
    write_matrix(turned, replica.deformation);
    write_matrix(transposed(inverted(turned)), replica.inverse_transpose);
    write_matrix(moved, replica.cell);
    write_matrix(inverse, replica.inverse);
    for (int k = 0; k < 9; ++k) replica.cell_sum[k] += moved.at[k / 3][k % 3];
}

// Lattice translations of all images, x fastest.
DEVICE void write_images(const World& w, int r) {
    const double* cell = w.replica[r].cell;
    const int nx = 2 * w.image_range[0] + 1, ny = 2 * w.image_range[1] + 1;
    for (int k = threadIdx.x; k < w.n_images; k += blockDim.x) {
        const int a = k % nx - w.image_range[0], b = k / nx % ny - w.image_range[1], c = k / (nx * ny) - w.image_range[2];
        w.image[static_cast<i64>(r) * w.n_images + k] = {a * cell[0] + b * cell[3] + c * cell[6],
                                                        a * cell[1] + b * cell[4] + c * cell[7],
                                                        a * cell[2] + b * cell[5] + c * cell[8], 0};
    }
}

// One block a replica.
extern "C" __global__ void __launch_bounds__(atom_threads) move_cell(const World* __restrict__ world) {
    const World& w = *world;
    const int r = blockIdx.x;
    if (finished(w, r) || !cell_moves(w, r)) return;
    double* shared = reinterpret_cast<double*>(DYNAMIC_SHARED());
    double flux[6];
    for (int k = 0; k < 6; ++k) {
        double part = 0;
        for (int b = threadIdx.x; b < w.atom_blocks; b += atom_threads)
            part += w.stress_part[6 * (static_cast<i64>(r) * w.atom_blocks + b) + k];
        flux[k] = thread_total(part, shared, atom_threads);
    }
    if (threadIdx.x == 0) deform(w, r, flux);
    __syncthreads();
    write_images(w, r);
}

// The images of the cells a block starts with.
extern "C" __global__ void __launch_bounds__(atom_threads) start_images(const World* __restrict__ world) {
    write_images(*world, blockIdx.x);
}
