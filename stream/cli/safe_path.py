"""Import path of child processes, without the current folder."""

from __future__ import annotations

import os
from collections.abc import MutableMapping


def protect_children(environment: MutableMapping[str, str]) -> None:
    """Keep the current folder off children's import path.

    A folder that holds somebody's `kafka.py` or `stream/` would otherwise be run in place of the installed packages.

    Parameters
    ----------
    environment : mutable mapping of str to str
        Changed in place. PYTHONPATH loses its empty and relative entries, which mean the current folder.
    """
    environment["PYTHONSAFEPATH"] = "1"
    entries = environment.get("PYTHONPATH", "").split(os.pathsep)
    absolute = os.pathsep.join(entry for entry in entries if os.path.isabs(entry))
    if absolute:
        environment["PYTHONPATH"] = absolute
    else:
        environment.pop("PYTHONPATH", None)
