"""The processor that machine code is made for."""

from __future__ import annotations

import os

from llvmlite import binding


def processor() -> tuple[str, str]:
    """Return LLVM's name and features of this processor, or what numba's settings say."""
    cpu = os.environ.get("NUMBA_CPU_NAME") or binding.get_host_cpu_name()
    features = os.environ.get("NUMBA_CPU_FEATURES")
    if features is None:
        features = "" if cpu == "generic" else binding.get_host_cpu_features().flatten()
    return cpu, features
