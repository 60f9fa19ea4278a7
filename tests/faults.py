"""The faults that `python -m tests.mutations` plants, and the tests that are to find them."""

from __future__ import annotations

from dataclasses import dataclass

ENSEMBLES = "tests/testing/test_ensembles.py"
ENGINES = "tests/testing/test_engines.py"
KINDS = "tests/nep/test_kinds.py"
LOCK = "tests/md/test_lock.py"
IDENTITY = "tests/md tests/replication/test_flux.py"


@dataclass(frozen=True)
class Mutation:
    """One fault: `old` becomes `new` in `file` (below src/superionic), to be found by `tests`."""

    file: str
    old: str
    new: str
    tests: str
    select: str = ""
    """Expression for pytest -k: only what takes seconds need run."""


MUTATIONS = {
    "velocities scaled the wrong way": Mutation(
        "md/barostat.py", "velocities @ inverse_transpose", "velocities @ rotated_deformation", ENSEMBLES
    ),
    "velocities left alone by the barostat": Mutation(
        "md/barostat.py", "velocities @ inverse_transpose", "velocities @ rotation", ENSEMBLES
    ),
    "sign of the virial in the barostat": Mutation(
        "md/barostat.py",
        "momentum_flux + evaluation.virial",
        "momentum_flux - evaluation.virial",
        ENSEMBLES,
    ),
    "sign of the pressure difference": Mutation(
        "md/barostat.py",
        "rate * (pressure - rescaling.pressure)",
        "rate * (rescaling.pressure - pressure)",
        ENSEMBLES,
    ),
    "kinetic pressure forgotten": Mutation(
        "md/barostat.py",
        "momentum_flux + evaluation.virial",
        "0 * momentum_flux + evaluation.virial",
        ENSEMBLES,
    ),
    "noise of the volume too small": Mutation(
        "md/barostat.py",
        "np.sqrt(2 * thermal * rate) * normals",
        "np.sqrt(thermal * rate) * normals",
        ENSEMBLES,
    ),
    "noise of the full cell too large": Mutation(
        "md/barostat.py", "np.sqrt(2 * thermal * rate / 3)", "np.sqrt(2 * thermal * rate)", ENSEMBLES
    ),
    "atoms not moved with the mean cell": Mutation(
        "md/simulate.py",
        "system.moved(system.positions @ np.linalg.solve(system.cell, cell), cell)",
        "system.moved(system.positions, cell)",
        ENSEMBLES,
    ),
    "mean cell of the first half": Mutation(
        "md/simulate.py",
        "range(int(total * SECOND_HALF), total)",
        "range(int(total * SECOND_HALF))",
        ENSEMBLES,
    ),
    "target pressure multiplied": Mutation(
        "md/simulate.py",
        "config.pressure_GPa / GPA_PER_EV_PER_A3",
        "config.pressure_GPa * GPA_PER_EV_PER_A3",
        ENSEMBLES,
    ),
    "target pressure ignored": Mutation(
        "md/simulate.py", "config.pressure_GPa / GPA_PER_EV_PER_A3", "0.0", ENSEMBLES
    ),
    "compressibility inverted": Mutation(
        "md/simulate.py",
        "GPA_PER_EV_PER_A3 / config.bulk_modulus_GPa",
        "config.bulk_modulus_GPa / GPA_PER_EV_PER_A3",
        ENSEMBLES,
    ),
    "sign of the logged virial": Mutation(
        "md/progress.py",
        "kinetic_pressure + np.trace(now.virial",
        "kinetic_pressure - np.trace(now.virial",
        ENSEMBLES,
    ),
    "seed not in the first velocities": Mutation(
        "md/simulate.py",
        "default_rng([config.seed, len(config.stages)])",
        "default_rng([0, len(config.stages)])",
        ENSEMBLES,
    ),
    "seed not in the noise": Mutation(
        "md/simulate.py",
        "default_rng([config.seed, number, index])",
        "default_rng([0, number, index])",
        ENSEMBLES,
    ),
    "noise not from the segment's number": Mutation(
        "md/simulate.py",
        "rng = np.random.default_rng([config.seed, number, index])",
        "rng = run.__dict__.setdefault('rng', np.random.default_rng([config.seed, number]))",
        ENSEMBLES,
        "resumed",
    ),
    "identity without the seed": Mutation(
        "md/config.py",
        '"flux_fs", "closest_contact"}',
        '"flux_fs", "closest_contact", "seed"}',
        IDENTITY,
        "identity or identities or identifies",
    ),
    "identity with one key more": Mutation(
        "md/config.py",
        'content["stages"][-1].pop("duration_ps")',
        'content["stages"][-1].pop("duration_ps")\n        content["version"] = 2',
        IDENTITY,
        "identity or identities or identifies",
    ),
    "thermostat with 3N degrees of freedom": Mutation(
        "system.py", "return 3 * n_atoms - 3", "return 3 * n_atoms", ENSEMBLES
    ),
    "heat of the thermostat with the wrong sign": Mutation(
        "md/integrators.py",
        "heat += energy * (factor**2 - 1.0)",
        "heat -= energy * (factor**2 - 1.0)",
        ENSEMBLES,
    ),
    "atoms moved a little too short": Mutation(
        "md/integrators.py",
        "        system = system.moved(system.positions + plan.timestep * velocities)\n",
        "        system = system.moved(system.positions + plan.timestep * velocities / 1.001)\n",
        ENGINES,
        "energy_error or block",
    ),
    "virial transposed, native interface": Mutation(
        "engines/native/interface.cpp",
        "*to++ = fields.virial[i].row[a][b]",
        "*to++ = fields.virial[i].row[b][a]",
        ENGINES,
        "native and li3ps4",
    ),
    "virial transposed, native sampling": Mutation(
        "engines/native/dynamics.h",
        "work[a] += fields.virial[i].row[a][b] * v[b]",
        "work[a] += fields.virial[i].row[b][a] * v[b]",
        ENGINES,
        "native and li3ps4",
    ),
    "virial given to the other atom, torch": Mutation(
        "nep/derivatives.py",
        "index_add(0, edges.neighbor, outer)",
        "index_add(0, edges.center, outer)",
        ENGINES,
        "torch and li3ps4",
    ),
    "virial symmetrised, torch": Mutation(
        "nep/derivatives.py",
        "outer = -edges.vectors[:, :, None] * gradients[:, None, :]",
        "outer = -edges.vectors[:, :, None] * gradients[:, None, :]\n    outer = 0.5 * (outer + outer.mT)",
        ENGINES,
        "torch and li3ps4",
    ),
    "neighbour list never rebuilt": Mutation(
        "engines/native/dynamics.h",
        "return spare > 0 && farthest_ <= spare * spare;",
        "return true;",
        ENGINES,
        "native and li3ps4",
    ),
    "third direction taken as open": Mutation(
        "engines/native_engine.py",
        "np.array(system.pbc, np.int32)",
        "np.array([1, 1, 0], np.int32)",
        ENGINES,
        "native and li3ps4",
    ),
    "virial transposed, cuda sampling": Mutation(
        "engines/cuda/motion.cuh",
        "W[3 * k] * v.x + W[3 * k + 1] * v.y + W[3 * k + 2] * v.z",
        "W[k] * v.x + W[3 + k] * v.y + W[6 + k] * v.z",
        ENGINES,
        "emulated and li3ps4",
    ),
    "velocities left alone by the barostat, cuda": Mutation(
        "engines/cuda/cell.cuh",
        "write_matrix(transposed(inverted(turned)), replica.inverse_transpose)",
        "write_matrix(scaled_identity(1), replica.inverse_transpose)",
        ENGINES,
        "emulated and npt",
    ),
    "edges of the wrong image, cuda": Mutation(
        "engines/cuda/lists.cuh",
        "w.n_images - 1 - (c >> atom_bits)",
        "(c >> atom_bits)",
        ENGINES,
        "emulated and li3ps4",
    ),
    "thermostat of the step before, cuda": Mutation(
        "engines/cuda/motion.cuh",
        "static_cast<i64>(step - 1) * w.n_replicas",
        "static_cast<i64>(step > 1 ? step - 2 : 0) * w.n_replicas",
        ENGINES,
        "emulated and nvt",
    ),
    "a barrier removed, cuda": Mutation(
        "engines/cuda/descriptors.cuh",
        "        __syncwarp();\n        const int here",
        "        const int here",
        "tests/engines/test_cuda_engine.py",
        "emulated and order_of_threads",
    ),
    "cutoff function that does not vanish": Mutation(
        "nep/basis.py", "torch.cos(pi * distances", "torch.cos(0.98 * pi * distances", ENGINES, "torch"
    ),
    "larger cutoff of two species": Mutation(
        "nep/shape.py",
        "(of_species[:, :, None] + of_species[:, None, :]) / 2",
        "np.maximum(of_species[:, :, None], of_species[:, None, :])",
        KINDS,
    ),
    "typewise ZBL begins where universal ZBL does": Mutation(
        "nep/screening.py", "table[..., 0] = 0.0", "table[..., 0] = shape.zbl[0]", KINDS
    ),
    "older typewise ZBL begins at zero": Mutation(
        "nep/format.py", "table[..., 0] = table[..., 1] / 2", "table[..., 0] = 0.0", KINDS
    ),
    "screening of pairs column by column": Mutation(
        "nep/screening.py",
        "np.triu_indices(shape.n_types)\n        table",
        "np.tril_indices(shape.n_types)\n        table",
        KINDS,
    ),
    "sign of q_123": Mutation("nep/basis.py", "(-1) ** (total // 2) * product", "product", KINDS),
    "angular cutoff of the first species, native": Mutation(
        "engines/native/angular.h",
        "while (t < n_types - 1 &&",
        "while (t < 0 &&",
        "tests/engines/test_native_potential.py",
        "other_shapes and species_cutoffs",
    ),
    "padding at the largest cutoff, native": Mutation(
        "engines/native/environment.h",
        "padding = listed.total + t;",
        "padding = listed.total;",
        "tests/engines/test_native_potential.py",
        "other_shapes and species_cutoffs",
    ),
    "what an engine lacks passed over in silence": Mutation(
        "engines/coverage.py", "    if missing:", "    if False:", "tests/engines/test_registry.py", "cover"
    ),
    "holes looked for in the first replica alone": Mutation(
        "md/close_contacts.py",
        "for replica in range(system.n_replicas):",
        "for replica in range(1):",
        "tests/md/test_guards.py",
    ),
    "only too hot a run is named": Mutation(
        "md/guards.py",
        "if abs(mean - target_K) > max(",
        "if mean - target_K > max(",
        "tests/md/test_guards.py",
    ),
    "framework of the mean replica": Mutation(
        "md/guards.py", ".mean(axis=1).max())", ".mean())", "tests/md/test_guards.py"
    ),
    "error of a drift for one replica": Mutation(
        "md/guards.py",
        "np.sqrt(noise / (time @ time) / len(blocks))",
        "np.sqrt(noise / (time @ time))",
        "tests/md/test_guards.py",
    ),
    "warnings lost on the way to the flux": Mutation(
        "md/from_segments.py",
        '"warnings": review.warnings()',
        '"warnings": []',
        "tests/md/test_from_segments.py",
    ),
    "snapshots thinned segment by segment": Mutation(
        "md/from_segments.py", "-seen % every :: every", "0::every", "tests/md/test_from_segments.py"
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
    "velocities for GPUMD in Å/ps": Mutation(
        "md/for_gpumd.py",
        "replica.velocities / FS_PER_TIME_UNIT,",
        "replica.velocities / FS_PER_TIME_UNIT * 1e3,",
        "tests/md/test_foreign_run.py",
    ),
    "velocities for LAMMPS not turned with the cell": Mutation(
        "md/for_lammps.py",
        "positions = system.positions[0] @ rotation.T",
        "positions = system.positions[0] @ rotation",
        "tests/md/test_foreign_run.py",
    ),
    "velocities of a start file not turned with its cell": Mutation(
        "md/start.py",
        "atoms.get_velocities()[order] @ np.linalg.solve(rows, cell)",
        "atoms.get_velocities()[order]",
        "tests/md/test_start.py",
    ),
    "start file not part of the identity": Mutation(
        "md/inputs.py",
        '({"start": list(self.start)} if self.start else {})',
        "{}",
        "tests/md/test_start.py",
    ),
    "flux of edited inputs read back": Mutation(
        "md/foreign_run.py",
        "or sha256_file(path) != sha256",
        "",
        "tests/md/test_foreign_run.py",
    ),
    "atoms jump across the faces of the cell": Mutation(
        "md/for_gpumd.py",
        "    moved -= np.round(moved)\n",
        "",
        "tests/md/test_foreign_run.py",
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
    "blocks deaf to interrupts": Mutation(
        "engines/native/binding.py", "stop.value = 1", "pass", "tests/test_endings.py", "signal"
    ),
    "a lock file that NFS does not lock": Mutation(
        "md/lock.py", "os.O_RDWR | os.O_CREAT | os.O_EXCL", "os.O_CREAT | os.O_EXCL", LOCK, "nfs"
    ),
    "a run on another host taken for dead": Mutation(
        "md/lock.py", "if now != before:", "if False:", LOCK, "not_taken_for_dead"
    ),
    "two take over at once": Mutation(
        "md/lock.py", "if not _is_of(_read(path), owner):", "if False:", LOCK, "at_once"
    ),
    "more threads than SLURM gives": Mutation(
        "engines/native_engine.py",
        "min(cores, int(given))",
        "max(cores, int(given))",
        "tests/engines",
        "slurm",
    ),
    "seeds without the material": Mutation(
        "md/sweep.py", 'f"{material}/{name}"', 'f"{name}"', "tests/md/test_sweep.py"
    ),
    "a point's change loses to its grid": Mutation(
        "md/sweep.py",
        "changed(changed(content, grid.changes), sweep.points.get(name, {}))",
        "changed(changed(content, sweep.points.get(name, {})), grid.changes)",
        "tests/md/test_sweep.py",
    ),
    "a point named over its folder": Mutation(
        "md/sweep.py", "if not NAME.fullmatch(name):", "if not name:", "tests/md/test_sweep.py"
    ),
    "the first --set wins": Mutation(
        "md/arguments.py", "in arguments.set:", "in reversed(arguments.set):", "tests/md/test_sweep.py"
    ),
    "any flux file is up to date": Mutation(
        "md/pipeline.py",
        'made_from.items() <= read_header(path)["provenance"].items()',
        "bool(read_header(path))",
        "tests/md/test_pipeline.py",
    ),
}
