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
        Below benchmarks.peers.
    python : Path
        Interpreter of its environment.
    n_skipped, n_measured : int
        Events before the measured ones, and those.
    n_series, n_warmup : int
        Series that are past their warm-up before any event is measured, and its length.
    """

    name: str
    module: str
    python: Path
    n_skipped: int
    n_measured: int
    n_series: int = 0
    n_warmup: int = 0


OWN = Path(sys.executable)


def stock_faust(n_measured: int) -> Peer:
    """Return the agent that does nothing: what a message costs at least."""
    return Peer("stock Faust, no-op agent", "on_faust.no_op", OWN, 1_000, n_measured)


class PeerError(RuntimeError):
    """A peer gave no figures."""


def measure(peer: Peer, brokers: str, topic: str, network: Path | None = None) -> Measured:
    """Let a peer read a topic from its beginning.

    Parameters
    ----------
    peer : Peer
    brokers, topic : str
    network : Path, optional
        Model of a peer that has one.

    Raises
    ------
    PeerError
        If its environment is missing, it ends, or it takes too long; with the last line of its errors.
    """
    if not peer.python.exists():
        raise PeerError("run deploy/python/peers.sh first")
    options = {"brokers": brokers, "topic": topic, "group": f"peer-{uuid.uuid4().hex[:8]}"}
    options |= {name: str(getattr(peer, name)) for name in ("n_skipped", "n_measured", "n_series", "n_warmup")}
    options["model"] = str(network or "")
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
