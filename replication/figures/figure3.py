"""Figure 3: naive and Onsager conductivity of the paper's materials against temperature."""

from __future__ import annotations

import matplotlib.pyplot as plt

from ..material_folder import paper_materials
from .drawing import LETTERS, Columns, Drawing, explain
from .material.conductivity import EXPLANATION, pressure, sweep_panels


def draw() -> Drawing | None:
    sweeps = [(one, sweep) for one in paper_materials() if (sweep := one.conductivity()) is not None]
    if not sweeps:
        return None
    figure, panels = plt.subplots(len(sweeps), 2, figsize=(8.4, 3.5 * len(sweeps)), squeeze=False)
    drawn: Columns = {}
    conditions = []
    for row, (material, sweep) in enumerate(sweeps):
        letters = LETTERS[2 * row : 2 * row + 2]
        drawn |= sweep_panels((panels[row, 0], panels[row, 1]), material, sweep, letters)
        conditions.append(f"{', '.join(letters)}: {sweep.conditions}")
    pressures = dict.fromkeys(pressure(material, sweep) for material, sweep in sweeps)
    conditions += [*pressures] if len(pressures) == 1 else []
    explain(figure, "; ".join(filter(None, [*conditions, EXPLANATION])))
    return figure, drawn
