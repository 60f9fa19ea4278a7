"""The committed flux belongs to the run files as they stand: nobody starts hours of MD by accident."""

from __future__ import annotations

from replication.flux import is_current
from replication.paths import ROOT, flux_file
from superionic.config import load_toml
from superionic.flux.files import read_header
from superionic.md.config import RunConfig, relative_to
from superionic.provenance import sha256_file


def test_identities_of_the_committed_runs_come_out_again() -> None:
    """Runs with a committed potential; a potential trained since makes its runs stale, and rightly."""
    checked = 0
    for file in sorted((ROOT / "replication" / "materials").glob("*/runs/*.toml")):
        run, source = f"{file.parts[-3]}/{file.stem}", load_toml(file, RunConfig).potential
        if source.path is None or not flux_file(run).exists():
            continue
        made_from = read_header(flux_file(run))["provenance"]
        if made_from["potential_sha256"] == sha256_file(relative_to(file, source.path)):
            assert is_current(run), run
            checked += 1
    assert checked
