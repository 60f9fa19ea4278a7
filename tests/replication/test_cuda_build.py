"""The kernels compile for GPUs that are not here, and spill no more than the committed table says."""

from __future__ import annotations

from pathlib import Path

import pytest

from replication import cuda_build
from superionic.engines.cuda import build
from superionic.engines.cuda.build import read_resources, source
from superionic.tables import read_table

LOG = """
ptxas info    : Compiling entry function 'gather' for 'sm_90'
ptxas info    : Function properties for gather
    16 bytes stack frame, 8 bytes spill stores, 12 bytes spill loads
ptxas info    : Used 64 registers, used 1 barriers
"""


def test_no_kernel_spills_more_than_the_table_says() -> None:
    assert cuda_build.regressions(cuda_build.rows(), read_table(cuda_build.TABLE)) == []


def test_a_regression_and_an_unknown_kernel_are_faults() -> None:
    row = {"potential": "li3ps4/A", "chip": "sm_90", "kernel": "site"}
    before = [{**row, "spill_bytes": "0"}]
    assert cuda_build.regressions([{**row, "spill_bytes": 0}], before) == []
    assert cuda_build.regressions([{**row, "spill_bytes": 64}], before) == [
        "li3ps4/A sm_90 site: spills 64 bytes, 0 in the table"
    ]
    assert (
        "not in the table" in cuda_build.regressions([{**row, "kernel": "new", "spill_bytes": 0}], before)[0]
    )


def test_the_compiler_log_is_read() -> None:
    (found,) = read_resources(LOG)
    assert (found.kernel, found.registers, found.spill_bytes, found.stack_bytes) == ("gather", 64, 20, 16)


def test_warps_of_a_multiprocessor() -> None:
    chip = cuda_build.CHIPS["sm_90"]
    assert cuda_build.resident_warps(chip, 128, 64, 0) == 16  # 65536 / (128 · 32)
    assert cuda_build.resident_warps(chip, 32, 128, 0) == 64
    assert cuda_build.resident_warps(chip, 32, 64, 113 * 1024) == 4  # two blocks of 114 KiB


def test_the_source_is_one_text_for_the_compiler() -> None:
    text = source()
    assert text.count("struct World {") == 1 and text.count("struct alignas(16) Surroundings {") == 1
    assert [line for line in text.splitlines() if line.startswith("#include")] == ['#include "emulate.h"']


def test_a_damaged_cubin_is_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(build, "compile_cubin", lambda *_: (b"the code", ()))
    assert build.cubin(cuda_build.PAPER_SHAPE, "sm_90") == b"the code"
    (kept,) = tmp_path.glob("superionic/nep-cuda-*.cubin")
    kept.write_bytes(b"the co")
    assert build.cubin(cuda_build.PAPER_SHAPE, "sm_90") == b"the code"
    kept.chmod(0o777)
    with pytest.raises(build.CudaUnavailable, match="can be changed by other users"):
        build.cubin(cuda_build.PAPER_SHAPE, "sm_90")
