"""A fleet of 50 series of different kinds, some of them with faults, as Telegraf would send them.

Publishes Influx line protocol to the topic of its argument, for `streamgauge ingest`: first 14 minutes of history, so
that the series are warm, then a point of each every two seconds. The first fault comes a few seconds later, and another
one every half minute. STREAMGAUGE_BROKERS names the brokers.
"""

from __future__ import annotations

import logging
import math
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from kafka import KafkaProducer

STEP_S = 2
HISTORY_S = 840
FIRST_FAULT_S = 6
FAULT_EVERY_S = 30
FAULT_S = 24

log = logging.getLogger("fleet")

Values = Callable[[float, random.Random], float]
"""The value of a series at a time, in seconds since the epoch."""


@dataclass(frozen=True)
class Series:
    """One series: where it comes from, and its ordinary values."""

    measurement: str
    field_name: str
    host: str
    values: Values
    noise: random.Random = field(repr=False)

    def line(self, at_s: int, value: float) -> bytes:
        """Write a point as Influx line protocol."""
        return f"{self.measurement},host={self.host} {self.field_name}={value:.6g} {at_s}000000000".encode()


def wave(period_s: float, phase: float, at_s: float) -> float:
    """Return a sine between -1 and 1."""
    return math.sin(2 * math.pi * (at_s / period_s + phase))


def cpu(phase: float) -> Values:
    """Busy share of a processor that follows the load."""
    return lambda at_s, noise: 35 + 12 * wave(300, phase, at_s) + noise.gauss(0, 1.5)


def memory(phase: float) -> Values:
    """Memory that hardly moves."""
    return lambda at_s, noise: 61 + 3 * wave(600, phase, at_s) + noise.gauss(0, 0.3)


def requests(phase: float) -> Values:
    """Load of a service: requests a second."""
    return lambda at_s, noise: max(0.0, 240 + 90 * wave(240, phase, at_s) + noise.gauss(0, 12))


def errors(_phase: float) -> Values:
    """Errors a second: mostly none."""
    return lambda _, noise: float(sum(noise.random() < 0.05 for _ in range(4)))


def latency(phase: float) -> Values:
    """95th percentile of the latency, skewed to the right."""
    return lambda at_s, noise: (120 + 25 * wave(240, phase, at_s)) * math.exp(noise.gauss(0, 0.08))


def queue(phase: float) -> Values:
    """Length of a queue that fills up and is emptied every two minutes."""
    return lambda at_s, noise: round(4 * ((at_s / 2 + 60 * phase) % 60) + noise.uniform(0, 3))


def temperature(phase: float) -> Values:
    """Smooth and slow."""
    return lambda at_s, noise: 24 + 1.5 * wave(900, phase, at_s) + noise.gauss(0, 0.05)


def hit_ratio(_phase: float) -> Values:
    """Share of hits of a cache, close to its upper bound."""
    return lambda _, noise: min(1.0, 0.96 + noise.gauss(0, 0.008))


def connections(phase: float) -> Values:
    """Open connections: a small whole number."""
    return lambda at_s, noise: float(max(0, round(18 + 5 * wave(420, phase, at_s) + noise.gauss(0, 1.2))))


KINDS: list[tuple[str, str, Callable[[float], Values], int]] = [
    ("cpu", "usage", cpu, 8),
    ("mem", "used_percent", memory, 8),
    ("http", "requests", requests, 6),
    ("http", "errors", errors, 6),
    ("http", "latency_p95", latency, 6),
    ("queue", "length", queue, 4),
    ("sensor", "temperature", temperature, 4),
    ("cache", "hit_ratio", hit_ratio, 4),
    ("db", "connections", connections, 4),
]


def fleet() -> list[Series]:
    """Return the 50 series."""
    return [
        Series(measurement, name, f"host-{n}", kind(n / count), random.Random(f"{measurement}/{name}/{n}"))
        for measurement, name, kind, count in KINDS
        for n in range(1, count + 1)
    ]


FAULTS: dict[str, Callable[[float], float | None]] = {
    "spike": lambda value: 4 * value + 1,
    "drop": lambda value: 0.2 * value,
    "level shift": lambda value: 1.7 * value + 1,
    "silence": lambda _: None,
}
"""What a series shows instead of its value; None for nothing."""

HIDING = {"errors", "length"}
"""Series whose ordinary values hide most of these."""


class Faults:
    """Gives one series after the other a fault, of one kind after the other; the first is a spike of a processor.

    Parameters
    ----------
    series : list of Series
    start_s : float
        When the first one begins.
    """

    def __init__(self, series: list[Series], start_s: float) -> None:
        self._series = [each for each in series if each.field_name not in HIDING]
        self._start_s = start_s
        self._choice = random.Random(start_s)
        self._number, self._victim, self._kind = -1, series[0], ""

    def apply(self, series: Series, at_s: float, value: float) -> float | None:
        """Return what a series shows; None where it sends nothing."""
        number, since_s = divmod(at_s - self._start_s, FAULT_EVERY_S)
        if number > self._number:
            self._begin(int(number))
        is_faulty = number >= 0 and since_s < FAULT_S and series is self._victim
        return FAULTS[self._kind](value) if is_faulty else value

    def _begin(self, number: int) -> None:
        self._number = number
        self._victim = self._choice.choice(self._series) if number else self._series[0]
        self._kind = list(FAULTS)[number % len(FAULTS)]
        log.info("%s of %s %s on %s", self._kind, self._victim.measurement, self._victim.field_name, self._victim.host)


def points(series: list[Series], now_s: int) -> Iterator[tuple[Series, int, float]]:
    """Yield what has been, then what is: for ever."""
    faults = Faults(series, now_s + FIRST_FAULT_S)
    at_s = (now_s - HISTORY_S) // STEP_S * STEP_S
    while True:
        time.sleep(max(0.0, at_s - time.time()))
        for each in series:
            value = faults.apply(each, at_s, each.values(at_s, each.noise))
            if value is not None:
                yield each, at_s, value
        at_s += STEP_S


def main(topic: str) -> None:
    """Publish until told to end."""
    logging.basicConfig(stream=sys.stdout, level=logging.ERROR, format="%(message)s")
    log.setLevel(logging.INFO)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    series = fleet()
    log.info("%d series on topic %s, first %d minutes of history", len(series), topic, HISTORY_S // 60)
    with KafkaProducer(bootstrap_servers=os.environ["STREAMGAUGE_BROKERS"].split(","), linger_ms=20) as producer:
        for each, at_s, value in points(series, int(time.time())):
            producer.send(topic, key=each.host.encode(), value=each.line(at_s, value))


if __name__ == "__main__":
    main(sys.argv[1])
