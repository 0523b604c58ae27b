"""A Faust agent as tutorials write it: a window per series in a table, a forecast of the network per event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import faust
import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.on_faust.app import make_app, run
from benchmarks.peers.stopwatch import Stopwatch, Task

WINDOW = 48
"""Points of a series that the network looks at."""

Network = Callable[[NDArray[np.float32]], float]
"""Takes a window of shape (1, 48, 1), gives the value that comes next."""


def score_windows(task: Task, forecast: Network) -> None:
    """Score every event of a topic by how far it is from the forecast.

    Parameters
    ----------
    task : Task
    forecast : callable
    """
    app, stopwatch = make_app(task), Stopwatch(task)
    source = app.topic(task.topic, key_type=str, value_serializer="json")
    windows = app.Table("windows", partitions=4)

    @app.agent(source)
    async def score(stream: faust.StreamT[dict[str, Any]]) -> None:
        async for event in stream:
            series, value = event["series"], event["value"]
            window = windows.get(series) or [value] * WINDOW
            error = abs(forecast(np.array(window, np.float32).reshape(1, WINDOW, 1)) - value)
            windows[series] = [*window[1:], value]
            if error < 0:  # Never: what is done with a score is left out of every peer.
                break
            stopwatch.count()

    run(app)
