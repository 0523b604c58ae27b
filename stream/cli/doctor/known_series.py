"""The doctor's findings about the series that the changelog knows: rules that match none, and partitions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Final

from stream.cli.doctor.finding import Finding
from stream.cli.echo import echo, progress, suggest
from stream.control.reader import read_control
from stream.control.view import ControlView
from stream.detectors import chosen_bundle
from stream.errors import StreamgaugeError, TopicError, UnscoredMessagesError
from stream.formats.rejections import excerpt
from stream.formats.state.key import SEPARATOR, is_partition_key, is_series_key, split_key
from stream.kafka.partitioner import ADVICE, partition_of
from stream.kafka.topics.offset_range import Moment, NoMessagesError, open_range
from stream.settings.rules import Rule, parse_rule
from stream.settings.settings import Settings

ABOUT: Final = "rules"

PARTITION = "partition"

MOST_READ = 200_000
"""Records of the changelog that are looked at, the newest: about a gigabyte."""

Known = Mapping[bytes, Mapping[int, int]]
"""When the state of a key was last written, ms since the epoch, by partition."""


def examine_known_series(settings: Settings, start: Moment, n_partitions: int) -> Iterator[Finding]:
    """Return which rules match none of the series that workers remember, and which series are in two partitions.

    Parameters
    ----------
    start : Moment
        A series is in two partitions where both have written its state since then.
    n_partitions : int
        Of the changelog.
    """
    try:
        known, is_all = read_known(settings)
    except StreamgaugeError as error:
        yield Finding(PARTITION, "fail", str(error), error.exit_code)
        return
    if not known:
        return
    yield from _partitions(known, start if isinstance(start, int) else 0, n_partitions)
    yield from examine_rules(settings, known.keys(), is_all)


def read_known(settings: Settings) -> tuple[Known, bool]:
    """Read which series the changelog has, and say whether all of it was read."""
    known: dict[bytes, dict[int, int]] = {}
    try:
        with (
            open_range(settings, settings.changelog_topic, "beginning", "latest", partial(echo, err=True)) as messages,
            progress(f"reading {settings.changelog_topic}") as report,
        ):
            newest = messages.newest(MOST_READ)
            for records, n_left in newest.batches():
                report(1 - n_left / newest.size)
                for record in records:
                    if is_partition_key(record.key) or not is_series_key(record.key):
                        continue
                    if record.value is None:
                        known.get(record.key, {}).pop(record.partition, None)
                    else:
                        known.setdefault(record.key, {})[record.partition] = record.timestamp
            return {key: written for key, written in known.items() if written}, newest.size == messages.size
    except NoMessagesError:
        return {}, True


def _partitions(known: Known, since_ms: int, n_partitions: int) -> Iterator[Finding]:
    recent = {key: [at for at, ms in written.items() if ms >= since_ms] for key, written in known.items()}
    split = {_series(key): sorted(found) for key, found in recent.items() if len(found) > 1}
    if split:
        series, partitions = next(iter(split.items()))
        named = f"{excerpt(series.decode(), 60)} in {' and '.join(map(str, partitions))}"
        text = f"{len(split):,} of {len(known):,} series arrive in two partitions and warm up twice, e.g. {named}"
        yield Finding(PARTITION, "fail", f"{text}; {ADVICE}", UnscoredMessagesError.exit_code)
        return
    misplaced = {
        _series(key): found[0]
        for key, found in recent.items()
        if found and partition_of(_series(key), n_partitions) != found[0]
    }
    if misplaced:
        series, partition = next(iter(misplaced.items()))
        named = f"{excerpt(series.decode(), 60)} in {partition}, not {partition_of(series, n_partitions)}"
        text = f"{len(misplaced):,} of {len(known):,} series are in another partition than their key's, e.g. {named}"
        yield Finding(PARTITION, "warn", f"{text}; no harm while no other sender has them; {ADVICE}")
        return
    yield Finding(PARTITION, "ok", f"{len(known):,} series, each in one partition, that of its key")


def _series(key: bytes) -> bytes:
    return key.partition(SEPARATOR)[0]


def examine_rules(settings: Settings, keys: Collection[bytes], is_all: bool) -> Iterator[Finding]:
    """Return which rules match none of the series that workers remember.

    Parameters
    ----------
    keys : collection of bytes
        Of the state of each series or feature.
    is_all : bool
        Whether there are no others.
    """
    ignored: list[str] = []
    try:
        view = read_control(settings, ignored.append)
    except TopicError:
        view = ControlView()  # The topics' own finding says that it is not there.
    except StreamgaugeError as error:
        yield Finding(ABOUT, "fail", str(error), error.exit_code)
        return
    rules = {f"rule {record.name} of the control topic": parse_rule(record.rule) for record in view.rules}
    rules |= {f"rule {number}": rule for number, rule in enumerate(settings.rules, start=1)}
    yield from (Finding(ABOUT, "warn", f"ignored: {text}") for text in ignored)
    if rules and is_all:
        yield from _idle(settings, rules, keys)
    elif rules:
        yield Finding(ABOUT, "ok", "not compared: the changelog has more records than are read")


def _idle(settings: Settings, rules: dict[str, Rule], keys: Collection[bytes]) -> Iterator[Finding]:
    bundle = chosen_bundle(settings.model)
    features = bundle.metadata.features if len(bundle.metadata.features) > 1 else ()
    known = [split_key(key) for key in keys]
    names = {series for series, _ in known}
    n_idle = 0
    for label, rule in rules.items():
        if any(rule.matches(series, name) for series, feature in known for name in (feature, *features)):
            continue
        n_idle += 1
        advice = suggest(rule.match, names, "`streamgauge series list` shows the names")
        of = "" if rule.feature is None else f", feature = {rule.feature!r}"
        yield Finding(ABOUT, "warn", f"{label} (match = {rule.match!r}{of}) matches no series: {advice}")
    if not n_idle:
        yield Finding(ABOUT, "ok", f"each of {len(rules)} matches a series")
