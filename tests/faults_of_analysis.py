"""Faults in flux, analysis, labels and training, for `python -m tests.mutations`."""

from __future__ import annotations

from tests.mutation import Mutation

ENSEMBLES = "tests/testing/test_ensembles.py"

MUTATIONS = {
    "thermostat with 3N degrees of freedom": Mutation(
        "system.py", "return 3 * n_atoms - 3", "return 3 * n_atoms", ENSEMBLES
    ),
    "displacements of the last atoms alone": Mutation(
        "flux/displacement.py",
        "power += (transform",
        "power = (transform",
        "tests/flux/test_displacement.py",
    ),
    "options ignored in silence": Mutation(
        "flux/readers.py", "    if ignored:", "    if False:", "tests/flux/test_readers.py"
    ),
    "any table of numbers taken for compute.out": Mutation(
        "flux/gpumd.py", "% (3 * len(QUANTITIES)) == 0", "> 0", "tests/flux/test_readers.py"
    ),
    "velocity of a centre of mass taken as a momentum": Mutation(
        "flux/lammps.py",
        "* (velocity * species_masses[symbol])",
        "* (velocity * columns.masses[symbol])",
        "tests/flux/test_lammps_layouts.py",
    ),
    "current per volume taken as extensive": Mutation(
        "flux/lammps.py",
        "(volume_A3 if columns.per_volume else 1.0)",
        "1.0",
        "tests/flux/test_lammps_layouts.py",
    ),
    "runs joined that do not continue each other": Mutation(
        "flux/lammps_table.py",
        "> CONTINUES * size).any()",
        "> CONTINUES * size).all()",
        "tests/flux/test_lammps_layouts.py",
        "overlap",
    ),
    "a pickle may run anything": Mutation(
        "flux/numpy_table.py",
        "if (module, name) not in ALLOWED:",
        "if False:",
        "tests/flux/test_lammps_layouts.py",
        "pickle",
    ),
    "equal partition without the recoil": Mutation(
        "flux/equipartition.py", "free = 1.0 - masses[group] / total", "free = 1.0", "tests/flux"
    ),
    "heat and work swapped in compute.out": Mutation(
        "flux/gpumd.py",
        "names = (ENERGY_POTENTIAL, ENERGY_KINETIC, *labels)",
        "names = (ENERGY_KINETIC, ENERGY_POTENTIAL, *labels)",
        "tests/flux/test_gpumd.py",
    ),
    "currents over the volume, not its root": Mutation(
        "transport/current_set.py",
        "np.sqrt(np.asarray(series.volume_A3))",
        "np.asarray(series.volume_A3)",
        "tests/transport",
        "green_kubo",
    ),
    "one axis of three correlated": Mutation(
        "transport/running_integrals.py",
        "for axis in range(n_axes):",
        "for axis in range(1):",
        "tests/transport",
        "green_kubo",
    ),
    "integral by rectangles": Mutation(
        "transport/running_integrals.py",
        "integrals -= 0.5 * (correlations + correlations[:, :1])",
        "integrals -= 0.0",
        "tests/transport",
        "green_kubo",
    ),
    "taper forgotten": Mutation(
        "transport/periodogram.py",
        "keepdims=True)) * window",
        "keepdims=True))",
        "tests/transport",
        "periodogram or cepstral",
    ),
    "one direction of three in the uniform bins": Mutation(
        "transport/periodogram.py",
        "uniform[0, axis, :, a, b] += power",
        "uniform[0, 0, :, a, b] += power",
        "tests/transport",
        "periodogram or cepstral",
    ),
    "limit without the feature at zero": Mutation(
        "transport/smoothing_spline.py",
        "np.array([1.0, 0.0, 1.0])",
        "np.array([1.0, 0.0, 0.0])",
        "tests/transport",
        "smoothing_spline",
    ),
    "size of the feature free of charge": Mutation(
        "transport/smoothing_spline.py",
        "evidence -= np.log(size)",
        "evidence -= 0.0",
        "tests/transport",
        "smoothing_spline or afresh",
    ),
    "bias of the logarithm": Mutation(
        "transport/smoothing_spline.py",
        "np.log(power) - digamma(dof)",
        "np.log(power) - np.log(dof)",
        "tests/transport",
        "smoothing_spline",
    ),
    "degrees of freedom of the reduced spectrum": Mutation(
        "transport/zero_frequency.py",
        "(realisations / dof), dof",
        "1.0, dof",
        "tests/transport",
        "zero_frequency or periodogram",
    ),
    "variance of a complex regression": Mutation(
        "transport/zero_frequency.py",
        "0.5 * np.linalg.inv(normal)",
        "np.linalg.inv(normal)",
        "tests/transport",
        "zero_frequency",
    ),
    "smaller of two errors": Mutation(
        "transport/onsager.py",
        "np.maximum(self.errors, other.errors)",
        "np.minimum(self.errors, other.errors)",
        "tests/transport",
        "zero_frequency or onsager or command",
    ),
    "jackknife as a standard deviation": Mutation(
        "transport/spectral.py",
        "(n_replicas - 1) / n_replicas * np.sum(deviation",
        "1 / n_replicas * np.sum(deviation",
        "tests/transport",
        "zero_frequency or onsager",
    ),
    "heat of transport in scaled units": Mutation(
        "transport/onsager.py",
        "scaled[1:, 0]) * size[0] / size[1:]",
        "scaled[1:, 0]) / size[1:]",
        "tests/transport",
        "estimators",
    ),
    "only a rise at zero is a doubt": Mutation(
        "transport/checks.py",
        "if abs(excess.value) > SIGMAS",
        "if excess.value > SIGMAS",
        "tests/transport",
        "checks",
    ),
    "lags shrink without a word": Mutation(
        "transport/checks.py",
        "if max_lag_ps < requested_ps:",
        "if max_lag_ps > requested_ps:",
        "tests/transport",
        "checks",
    ),
    "conductivity without the recoil of the framework": Mutation(
        "transport/conductivity.py",
        "carrier / masses + charge / (framework * constants.atomic_mass)",
        "carrier / masses",
        "tests/transport",
        "conductivity",
    ),
    "two blocks are enough": Mutation(
        "transport/running_integrals.py",
        "FEWEST_BLOCKS = 4",
        "FEWEST_BLOCKS = 2",
        "tests/transport",
        "green_kubo or checks",
    ),
    "share of recoil in Γ": Mutation(
        "gauge.py", "(1.0 + len(ions) * share) * removal", "removal", "tests/test_gauge.py"
    ),
    "sign of a predicted heat": Mutation(
        "gauge.py", "of.levels - reference.levels", "reference.levels - of.levels", "tests/test_gauge.py"
    ),
    "stress taken for a virial": Mutation(
        "training/labels.py",
        "-_matrix(value, name, place)",
        "_matrix(value, name, place)",
        "tests/training/test_labels.py",
    ),
    "contradicting labels taken": Mutation(
        "training/labels.py",
        "if difference > ROUNDING",
        "if difference > 1e9 * ROUNDING",
        "tests/training/test_labels.py",
    ),
    "test frames in training": Mutation(
        "training/checks.py", "if twin.split != frame.split:", "if False:", "tests/training/test_labels.py"
    ),
    "a signal ends with status 0": Mutation(
        "cli.py", "return 128 + number", "return 0", "tests/test_endings.py"
    ),
}
