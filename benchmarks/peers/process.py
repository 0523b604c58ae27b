"""Run a peer as a process and take its figures."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path
from threading import Timer
from typing import NamedTuple

from benchmarks.harness.process import Measured

REPOSITORY = Path(__file__).parents[2]
PEERS_PYTHON = REPOSITORY / ".venv-peers" / "bin" / "python"
PATIENCE_S = 600.0


class Peer(NamedTuple):
    """A peer, and how much of the topic it is measured on.

    Attributes
    ----------
    name : str
    module : str
        In benchmarks.peers.
    python : Path
        Interpreter of its environment.
    n_skipped, n_measured : int
        Events before the measured ones, and those.
    """

    name: str
    module: str
    python: Path
    n_skipped: int
    n_measured: int


OWN = Path(sys.executable)


class PeerError(RuntimeError):
    """A peer gave no figures."""


def measure(peer: Peer, brokers: str, topic: str, network: Path) -> Measured:
    """Let a peer read a topic from its beginning.

    Raises
    ------
    PeerError
        If it ends, or takes too long; with the last line of its errors.
    """
    options = {"brokers": brokers, "topic": topic, "group": f"{peer.module}-{uuid.uuid4().hex[:8]}"}
    options |= {"n_skipped": str(peer.n_skipped), "n_measured": str(peer.n_measured), "model": str(network)}
    command = [str(peer.python), "-m", f"benchmarks.peers.{peer.module}"]
    command += [f"--{name}={value}" for name, value in options.items()]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=pipe, stderr=pipe, text=True) as process:
        timer = Timer(PATIENCE_S, process.kill)
        timer.start()
        try:
            return _figures(process)
        finally:
            timer.cancel()
            process.kill()


def _figures(process: subprocess.Popen[str]) -> Measured:
    if process.stdout is None or process.stderr is None:
        raise PeerError("the peer has no output to read")
    for line in process.stdout:
        if line.startswith('{"n_points"'):
            return Measured(**json.loads(line))
    errors = process.stderr.read().strip().splitlines()
    raise PeerError(errors[-1] if errors else "it ended without a word")
