"""Score points as they come, in memory: here a day of one-minute CPU load with a runaway process near its end.

python examples/score_points.py
"""

from datetime import UTC, datetime, timedelta

import numpy as np

from stream import Detector

MINUTES, RUNAWAY = 1440, 1400

random = np.random.default_rng(1)
start = datetime(2026, 1, 1, tzinfo=UTC)
detector = Detector()
for minute in range(MINUTES):
    load = 30 + 10 * np.sin(2 * np.pi * minute / 60) + random.normal()
    if minute >= RUNAWAY:
        load = 97.0
    score = detector.score("host-7/cpu", start + timedelta(minutes=minute), load)
    if score.episode is not None:
        print(f"{score.episode.timestamp:%H:%M} {score.episode.state}: {score.episode.why}")
