"""Make sportran_reference.json: results of the program sportran on a stored process.

    python3 -m venv oracle && oracle/bin/pip install "numpy<2" scipy matplotlib sportran==1.0.0rc4
    oracle/bin/python tests/transport/bake_sportran.py

The program is used from outside, through its documented calls, as an independent oracle; it is no
dependency of this package. The series is drawn with a generator whose stream is fixed, so that the test
draws the same one; both currents enter unsplit and in arbitrary units.
"""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import numpy as np

TERMS = (6, 12, 25, 60)
SAMPLES = 6000


def series() -> np.ndarray:
    """(n, 2, 3) VAR(1) currents: an energy current coupled to a mass current."""
    rng = np.random.Generator(np.random.PCG64(20190))
    matrix = np.array([[0.6, 0.2], [0.1, 0.7]])
    values = np.zeros((SAMPLES + 200, 2, 3))
    noise = rng.standard_normal(values.shape)
    for step in range(1, len(values)):
        values[step] = matrix @ values[step - 1] + noise[step]
    return values[200:]


if __name__ == "__main__":
    import sportran

    values = series()
    cases = {"naive": values[:, 0], "kappa": [values[:, 0], values[:, 1]]}
    found: dict[str, dict[str, list[float]]] = {}
    for name, currents in cases.items():
        found[name] = {}
        for terms in TERMS:
            with contextlib.redirect_stdout(io.StringIO()):
                current = sportran.HeatCurrent(
                    currents, UNITS="metal", DT_FS=1.0, TEMPERATURE=300.0, VOLUME=1000.0
                )
                current.cepstral_analysis(manual_cutoffK=terms - 1)
            found[name][str(terms)] = [float(current.kappa), float(current.kappa_std)]
    # the unit factor cancels in a ratio; the first number fixes it
    path = Path(__file__).with_name("sportran_reference.json")
    path.write_text(json.dumps({"sportran": "1.0.0rc4", "results": found}, indent=1) + "\n")
