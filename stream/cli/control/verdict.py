"""`streamgauge verdict`: say what an episode was."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import click

from stream.cli.control.episodes import PublishedEpisode, find_episode
from stream.cli.control.records import Signed, by_option, report, signed, to_json, why_option
from stream.cli.options import as_json_option, with_settings
from stream.control.codec import key_of
from stream.control.publisher import ControlPublisher
from stream.control.records import Verdict
from stream.settings.settings import Settings

Word: TypeAlias = Literal["expected", "false", "real"]

EXAMPLES = """\b
Examples:
  streamgauge verdict 3fa2c1d0 expected --why 'weekly backup'
  streamgauge verdict 3fa2c1d0 false
  streamgauge verdict 3fa2c1d0 none
"""

NONE: Final = "none"

EFFECTS: Final[dict[str, str]] = {
    "expected": "anomalies of this kind are not published at this time of the week, an hour more or less",
    "false": "false alarms of this series are to be half as frequent",
    "real": "recorded, nothing changes",
    NONE: "verdict removed, with what it did",
}


@click.command(epilog=EXAMPLES)
@click.argument("episode", metavar="EPISODE")
@click.argument("word", metavar="expected|false|real|none", type=click.Choice(list(EFFECTS)))
@why_option
@by_option
@as_json_option
@with_settings("app_id", "control_topic", "anomalies_topic")
def command(settings: Settings, episode: str, word: str, why: str, by: str | None, as_json: bool) -> None:
    """Record what EPISODE was. Its id is on the anomalies topic; the first digits are enough.

    expected: it recurs. An anomaly of the same series and kind (above, below, or hardly a change) at the same time of
    the week, from an hour before to an hour after, is scored and not published. Give it when the episode has closed,
    so that its whole length counts.

    false: it was nothing. The false-alarm budget of the series becomes half as large; of two verdicts a quarter.

    real: it is recorded for those who look later. none: takes the verdict back, and what it did.

    Exit code 8 if no episode begins so, or several do.
    """
    found = find_episode(settings, episode)
    verdict = _verdict(found, word, signed(by, why))
    with ControlPublisher(settings) as publisher:
        publisher.remove(key_of(verdict)) if word == NONE else publisher.publish(verdict)
    facts = {"episode": found.id, "removed": True} if word == NONE else to_json(verdict)
    report(facts, f"episode {found}: {word}; {EFFECTS[word]}", as_json)


def _verdict(episode: PublishedEpisode, word: str, sent: Signed) -> Verdict:
    words: dict[str, Word] = {"expected": "expected", "false": "false", "real": "real"}
    return Verdict(
        **sent,
        episode=episode.id,
        series=episode.series,
        feature=episode.feature,
        verdict=words.get(word, "real"),
        start=episode.first.start,
        end=episode.last_ms,
        evidence=episode.evidence,
        direction=episode.first.direction,
    )
