"""Radial basis of NEP and real spherical harmonics, both as plain functions of edge vectors."""

from __future__ import annotations

from functools import lru_cache
from math import factorial, pi, sqrt

import numpy as np
import torch
from numpy.polynomial import legendre
from torch import Tensor


def cutoff_function(distances: Tensor, cutoff: float | Tensor) -> Tensor:
    """f_c(r) = (1 + cos πr/rc)/2 inside the cutoff, 0 outside. Shape as `distances` (Å)."""
    inside = 0.5 * (1.0 + torch.cos(pi * distances / cutoff))
    return torch.where(distances < cutoff, inside, torch.zeros_like(inside))


def radial_basis(distances: Tensor, cutoff: float | Tensor, highest: int) -> Tensor:
    """f_k(r), k = 0 ... `highest` (Fan et al., J. Chem. Phys. 157, 114801 (2022), eq. 5).

    f_k(r) = (T_k(x) + 1)/2 · f_c(r) with x = 2 (r/rc - 1)² - 1 and Chebyshev T_k; f_0 = f_c.
    distances (E,) Å, cutoff one for all or (E,) -> (E, highest + 1).
    """
    x = 2.0 * (distances / cutoff - 1.0) ** 2 - 1.0
    chebyshev = [torch.ones_like(x), x]
    while len(chebyshev) <= highest:
        chebyshev.append(2.0 * x * chebyshev[-1] - chebyshev[-2])
    values = 0.5 * (torch.stack(chebyshev[: highest + 1], dim=-1) + 1.0)
    return values * cutoff_function(distances, cutoff)[:, None]


@lru_cache
def _harmonic_polynomials(l_max: int) -> list[list[np.ndarray]]:
    """For each l = 1 ... l_max and m = 0 ... l the normalised polynomial in z of Y_lm, lowest power first.

    Y_lm(n) = N_lm · d^m P_l(z)/dz^m · {Re, Im}(x + iy)^m, N_lm² = (2l+1)/(4π) (l-m)!/(l+m)! · (2 if m > 0),
    so that Σ_m Y_lm(u) Y_lm(v) = (2l+1)/(4π) P_l(u·v), the addition theorem.
    """
    table = []
    for degree in range(1, l_max + 1):
        row = []
        for m in range(degree + 1):
            squared = (2 * degree + 1) / (4 * pi) * factorial(degree - m) / factorial(degree + m)
            norm = sqrt(squared * (2 if m else 1))
            unit = np.zeros(degree + 1)
            unit[degree] = 1.0
            row.append(norm * legendre.leg2poly(legendre.legder(unit, m) if m else unit))
        table.append(row)
    return table


def real_harmonics(directions: Tensor, l_max: int) -> Tensor:
    """Real spherical harmonics of unit vectors (E, 3) for l = 1 ... l_max -> (E, l_max (l_max + 2)).

    Order: l outer; inside l: m = 0, then Re and Im of m = 1, 2, ..., l.
    """
    x, y, z = directions.unbind(-1)
    powers = [torch.ones_like(z)]
    for _ in range(l_max):
        powers.append(powers[-1] * z)
    azimuthal = [(torch.ones_like(x), torch.zeros_like(x))]  # Re, Im of (x + iy)^m
    for _ in range(l_max):
        real, imaginary = azimuthal[-1]
        azimuthal.append((real * x - imaginary * y, real * y + imaginary * x))
    columns = []
    for row in _harmonic_polynomials(l_max):
        for m, polynomial in enumerate(row):
            of_z = sum(float(c) * powers[k] for k, c in enumerate(polynomial) if c != 0.0)
            real, imaginary = azimuthal[m]
            columns.append(of_z * real)
            if m:
                columns.append(of_z * imaginary)
    return torch.stack(columns, dim=-1)


def quadrupole_tensors(dtype: torch.dtype, device: torch.device) -> Tensor:
    """(5, 3, 3) tensors B_m with Σ_m Y_2m(n) B_m = n nᵀ - 1/3, in the order of `real_harmonics`."""
    norm = sqrt(15 / (4 * pi)) / 2
    quadratic = np.zeros((5, 3, 3))  # Y_2m(n) = nᵀ quadratic_m n
    quadratic[0] = sqrt(5 / (16 * pi)) * np.diag([-1.0, -1.0, 2.0])
    for index, (a, b) in ((1, (0, 2)), (2, (1, 2)), (4, (0, 1))):
        quadratic[index, a, b] = quadratic[index, b, a] = norm
    quadratic[3] = norm * np.diag([1.0, -1.0, 0.0])
    # trace(quadratic_m quadratic_m') = 15/(8π) δ_mm', whence the inverse
    return torch.as_tensor(quadratic * 8 * pi / 15, dtype=dtype, device=device)


@lru_cache
def _coupling(orders: tuple[int, int, int]) -> np.ndarray:
    """(2 l1 + 1, 2 l2 + 1, 2 l3 + 1): Wigner 3j symbols between real harmonics, in their order.

    Up to a factor there is one rotational invariant of three harmonics whose orders have an even sum: the
    integral of their product, here an exact quadrature. The squares of the 3j symbols sum to one, and
    (l1 l2 l3; 0 0 0) has the sign of (-1)^((l1 + l2 + l3)/2).
    """
    total = sum(orders)
    heights, weights = legendre.leggauss(total // 2 + 1)
    azimuths = 2 * pi * np.arange(total + 1) / (total + 1)
    across = np.sqrt(1 - heights**2)[:, None]
    nodes = np.stack(
        np.broadcast_arrays(across * np.cos(azimuths), across * np.sin(azimuths), heights[:, None]), axis=-1
    )
    values = real_harmonics(torch.from_numpy(nodes.reshape(-1, 3)), max(orders)).numpy()
    first, second, third = (values[:, degree**2 - 1 : (degree + 1) ** 2 - 1] for degree in orders)
    product = np.einsum("p,pa,pb,pc->abc", np.repeat(weights, total + 1), first, second, third)
    product[np.abs(product) < 1e-12 * np.abs(product).max()] = 0.0
    return np.asarray((-1) ** (total // 2) * product / np.linalg.norm(product))


def coupling_tensor(orders: tuple[int, int, int], dtype: torch.dtype, device: torch.device) -> Tensor:
    """C with Σ_abc C_abc A_a B_b D_c = Σ_m (l1 l2 l3; m1 m2 m3) A_m1 B_m2 D_m3, rotational invariant."""
    return torch.as_tensor(_coupling(orders), dtype=dtype, device=device)
