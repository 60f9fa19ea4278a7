"""Covalent radii by which GPUMD scales cutoffs."""

from __future__ import annotations

from ase.data import atomic_numbers

_COVALENT_A = (
    *(0.32, 0.46, 1.20, 0.94, 0.77, 0.75, 0.71, 0.63, 0.64, 0.67, 1.40, 1.25, 1.13, 1.04, 1.10, 1.02, 0.99),
    *(0.96, 1.76, 1.54, 1.33, 1.22, 1.21, 1.10, 1.07, 1.04, 1.00, 0.99, 1.01, 1.09, 1.12, 1.09, 1.15, 1.10),
    *(1.14, 1.17, 1.89, 1.67, 1.47, 1.39, 1.32, 1.24, 1.15, 1.13, 1.13, 1.08, 1.15, 1.23, 1.28, 1.26, 1.26),
    *(1.23, 1.32, 1.31, 2.09, 1.76, 1.62, 1.47, 1.58, 1.57, 1.56, 1.55, 1.51, 1.52, 1.51, 1.50, 1.49, 1.49),
    *(1.48, 1.53, 1.46, 1.37, 1.31, 1.23, 1.18, 1.16, 1.11, 1.12, 1.13, 1.32, 1.30, 1.30, 1.36, 1.31, 1.38),
    *(1.42, 2.01, 1.81, 1.67, 1.58, 1.52, 1.53, 1.54, 1.55),
)
"""H to Pu, Å: Pyykkö and Atsumi, Chem. Eur. J. 15, 186 (2009), those of metals reduced by a tenth."""


def covalent_radius(element: str) -> float:
    """4/3 of the covalent radius in Å, to the six digits that GPUMD has (Grimme et al., JCP 132, 154104).

    Raises ValueError for elements beyond plutonium, which have none there.
    """
    number = atomic_numbers[element]
    if not 1 <= number <= len(_COVALENT_A):
        raise ValueError(f"no covalent radius is known for {element}: typewise cutoffs go from H to Pu")
    return float(f"{4 / 3 * _COVALENT_A[number - 1]:.6g}")
