from __future__ import annotations

from stream.notify.alerts.incident import Effect, new_incident
from tests.unit.notify.make import START_MS, episode, silence


def test_a_repeated_event_changes_nothing() -> None:
    opened = episode()
    incident = new_incident(opened, "minor", START_MS)
    update = episode("update", severity="major", at_s=60, reason="worse")

    assert incident.apply(opened, "minor") == Effect.NONE
    assert incident.apply(update, "major") == Effect.ATTENTION
    assert incident.apply(update, "major") == incident.apply(opened, "minor") == Effect.NONE
    assert incident.severity == "major"


def test_the_reason_is_that_of_the_highest_score() -> None:
    incident = new_incident(episode(score=5.0, why="five"), "minor", START_MS)

    incident.apply(episode("update", at_s=60, score=3.0, why="three", reason="lasting"), "minor")
    lower = incident.why
    incident.apply(episode("update", at_s=120, score=8.0, why="eight", reason="worse"), "minor")

    assert (lower, incident.why, incident.score) == ("five", "eight", 8.0)


def test_an_end_is_worth_an_edit_and_a_relapse_is_worth_attention() -> None:
    incident = new_incident(episode(), "minor", START_MS)

    ends = incident.apply(episode("close", at_s=600), "minor")
    end, was_open = incident.end, incident.is_open
    relapse = incident.apply(episode("update", at_s=900, reason="again"), "minor")

    assert (ends, end, was_open) == (Effect.EDIT, START_MS + 600_000, False)
    assert (relapse, incident.is_open, incident.end) == (Effect.ATTENTION, True, None)


def test_a_silence_opens_and_ends() -> None:
    incident = new_incident(silence(), "major", START_MS)
    opened = incident.is_open

    incident.apply(silence("back", at_s=900), "major")

    assert (incident.kind, opened, incident.is_open) == ("silence", True, False)
