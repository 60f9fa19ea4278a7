"""Which GPU, driver and kernels a row of a table was measured with."""

from __future__ import annotations

import hashlib
import subprocess

from superionic.engines.cuda.build import source


def device_columns() -> dict[str, str]:
    """Name of the GPU and its driver, from nvidia-smi; hash of the kernels' source."""
    kernels = hashlib.sha256(source().encode()).hexdigest()[:8]
    command = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return {"chip": "unknown", "driver": "unknown", "kernels": kernels}
    name, driver = (part.strip() for part in answer.splitlines()[0].split(","))
    return {"chip": name, "driver": driver, "kernels": kernels}
