"""Figure 3: naive and Onsager conductivity of the paper's materials against temperature."""

from __future__ import annotations

import matplotlib.pyplot as plt

from ..material_folder import paper_materials
from .drawing import Columns, Drawing, explain
from .material.conductivity import EXPLANATION, sweep_panels

LETTERS = "abcdefgh"


def draw() -> Drawing:
    sweeps = [(one, chosen) for one in paper_materials() if (chosen := one.conductivity()) is not None]
    figure, panels = plt.subplots(len(sweeps), 2, figsize=(8.4, 3.5 * len(sweeps)), squeeze=False)
    drawn: Columns = {}
    said = []
    for row, (material, chosen) in enumerate(sweeps):
        letters = LETTERS[2 * row : 2 * row + 2]
        drawn |= sweep_panels((panels[row, 0], panels[row, 1]), material, chosen, letters)
        said.append(f"{', '.join(letters)}: {chosen.conditions}")
    explain(figure, "; ".join([*said, EXPLANATION]))
    return figure, drawn
