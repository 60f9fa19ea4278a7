"""Constants of the universal screening function of Ziegler, Biersack and Littmark (1985)."""

from __future__ import annotations

SCREENING = ((0.18175, 3.1998), (0.50986, 0.94229), (0.28022, 0.4029), (0.02817, 0.20162))
"""(weight, exponent) of φ(x) = Σ_n weight_n exp(-exponent_n x), x = r/a."""

SCREENING_LENGTH_A = 0.46848
"""a = 0.46848 Å / (Z_i^0.23 + Z_j^0.23)."""
