"""The faults that `python -m tests.mutations` plants, and the tests that are to find them."""

from __future__ import annotations

from tests import faults_of_analysis, faults_of_dynamics
from tests.mutation import Mutation

__all__ = ["MUTATIONS", "Mutation"]

MUTATIONS = {**faults_of_dynamics.MUTATIONS, **faults_of_analysis.MUTATIONS}
