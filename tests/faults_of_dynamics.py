"""Faults in engines, potentials and molecular dynamics, for `python -m tests.mutations`."""

from __future__ import annotations

from tests.mutation import Mutation

ENSEMBLES = "tests/testing/test_ensembles.py"
ENGINES = "tests/testing/test_engines.py"
KINDS = "tests/nep/test_kinds.py"
LOCK = "tests/md/test_lock.py"
IDENTITY = "tests/md tests/replication/test_flux.py"

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
