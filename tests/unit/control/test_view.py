from __future__ import annotations

from structlog.testing import capture_logs

from stream.control.codec import encode, key_of
from stream.control.records import Ack, ControlRecord, ControlRule, Mute
from stream.control.view import ControlView

EPISODE = "0123456789abcdef0123456789abcdef"
HOUR_MS = 3_600_000


def rule(name: str, order: int = 100, match: str = "*") -> ControlRule:
    return ControlRule(by="ann", at=0, name=name, order=order, rule={"match": match})


def mute(number: str, match: str, until: int) -> Mute:
    return Mute(by="ann", at=0, id=number, match=match, until=until)


def view_of(*records: ControlRecord) -> ControlView:
    view = ControlView()
    for record in records:
        view.apply(key_of(record), encode(record))
    return view


def test_rules_come_in_their_order_and_then_by_name() -> None:
    view = view_of(rule("b"), rule("z", order=1), rule("a"))
    assert [each.name for each in view.rules] == ["z", "a", "b"]


def test_a_second_record_of_a_key_replaces_the_first_and_a_tombstone_removes_it() -> None:
    view = view_of(rule("a", match="x"), rule("a", match="y"))
    assert [each.rule["match"] for each in view.rules] == ["y"]
    view.apply(b"rule/a", None)
    view.apply(b"rule/a", None)
    assert view.rules == ()


def test_a_series_is_muted_by_a_matching_pattern_until_its_time_has_come() -> None:
    view = view_of(mute("m1", "host-7/*", HOUR_MS), mute("m2", "*", HOUR_MS // 2))
    longest = view.muted("host-7/cpu", 0)
    assert longest is not None
    assert longest.id == "m1"
    assert view.muted("host-8/cpu", HOUR_MS // 2) is None
    assert view.muted("host-7/cpu", HOUR_MS) is None


def test_acknowledgement_and_verdict_are_found_by_episode() -> None:
    view = view_of(Ack(by="ann", at=0, episode=EPISODE, series="a"))
    assert view.ack_of(EPISODE) == Ack(by="ann", at=0, episode=EPISODE, series="a")
    assert view.verdict_of(EPISODE) is None
    assert view.acks.keys() == {EPISODE}


def test_an_invalid_record_is_ignored_counted_and_logged_and_the_valid_one_before_stays() -> None:
    view = view_of(rule("a"))
    with capture_logs() as logs:
        view.apply(b"rule/a", b'{"kind":"rule","name":"a"}')
    assert [each.name for each in view.rules] == ["a"]
    assert view.n_invalid == 1
    (line,) = logs
    assert line["event"] == "control record ignored"
    assert line["text"].startswith("control record rule/a: Object missing required field")


def test_a_copy_does_not_change_with_later_records() -> None:
    view = view_of(rule("a"), mute("m1", "*", HOUR_MS))
    copy = view.copy()
    view.apply(b"rule/a", None)
    view.apply(b"mute/m1", None)
    assert [each.name for each in copy.rules] == ["a"]
    assert (view.muted("a", 0), copy.muted("a", 0)) == (None, mute("m1", "*", HOUR_MS))
