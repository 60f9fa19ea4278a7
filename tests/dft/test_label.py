"""The process of one calculation."""

import pytest

from superionic.dft.label import blas_kernels


@pytest.mark.parametrize(
    ("flags", "kernels"),
    [
        ("fpu sse2 avx avx2 fma avx512f avx512vl", {"OPENBLAS_CORETYPE": "SkylakeX"}),
        ("fpu sse2 avx avx2 fma", {"OPENBLAS_CORETYPE": "Haswell"}),
        ("fpu sse2 avx", {}),
    ],
)
def test_openblas_gets_kernels_the_processor_can_run(tmp_path, flags, kernels):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nmodel name\t: any\nflags\t\t: {flags}\n\nprocessor\t: 1\n")
    assert blas_kernels(cpuinfo) == kernels


def test_openblas_finds_out_by_itself_where_the_system_tells_nothing(tmp_path):
    assert blas_kernels(tmp_path / "absent") == {}
