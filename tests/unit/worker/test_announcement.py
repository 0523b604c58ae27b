"""The announcement: workers of a group tell each other the settings that must be the same."""

from __future__ import annotations

from stream.settings.rules import Rule
from stream.settings.settings import Settings
from stream.worker.announcement import Announcement

MODEL = "ab" * 32
OURS = Announcement.of(Settings(warmup=80), MODEL)


def test_workers_with_the_same_settings_have_nothing_to_say() -> None:
    assert OURS.difference(Announcement.of(Settings(warmup=80, health_port=0), MODEL).client_id) is None


def test_another_warm_up_model_or_rule_is_told_with_both_values() -> None:
    others = {
        "warmup 300, this one with warmup 80": Announcement.of(Settings(), MODEL),
        "model cdcdcdcdcdcd, this one with model abababababab": Announcement.of(Settings(warmup=80), "cd" * 32),
        "this one with rules none": Announcement.of(Settings(warmup=80, rules=(Rule(match="*"),)), MODEL),
    }
    for text, other in others.items():
        assert text in (OURS.difference(other.client_id) or "")


def test_a_member_that_announces_nothing_is_left_alone() -> None:
    for client_id in ("", "faust-0.15.3", "rdkafka;warmup=9", "streamgauge;broken"):
        assert OURS.difference(client_id) is None
