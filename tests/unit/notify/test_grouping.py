"""When a group is notified, and as what, on a clock of the test's own."""

from __future__ import annotations

from stream.control.records import Ack, Mute
from stream.notify.alerts.due import Traits
from stream.notify.messages.notification import Notification
from tests.unit.notify.make import HOUR_MS, ONE_ROUTE, START_MS, Played, episode, silence

PAGER = Traits(takes_past=False)
NIGHT = ONE_ROUTE + 'quiet_hours = [{from = "22:00", to = "23:00"}]\n'
"""START_MS is 22:13 UTC."""


def kinds(sent: list[Notification]) -> list[str]:
    """Give why notifications were sent."""
    return [notification.kind for notification in sent]


def mute(match: str, until_ms: int) -> Mute:
    """Make a mute."""
    return Mute(id="m1", match=match, until=until_ms, by="ann", at=START_MS)


def test_a_new_episode_waits_for_others_of_its_group() -> None:
    played = Played()
    played.read(episode())

    assert kinds(played.after(9)) == []
    assert kinds(played.after(1)) == ["new"]


def test_changes_of_a_group_keep_its_interval() -> None:
    played = Played()
    played.read(episode())
    played.after(10)
    played.read(episode("update", severity="major", at_s=20, reason="worse"))

    assert kinds(played.after(59)) == []
    assert kinds(played.after(1)) == ["again"]


def test_an_episode_has_one_notification_that_changes_with_it() -> None:
    played = Played()
    played.read(episode())
    sent = played.after(70)
    played.read(episode("update", at_s=60, reason="lasting"))
    sent += played.after(70)
    played.read(episode("close", at_s=600))
    sent += played.after(70)
    played.read(episode("update", at_s=900, reason="again"))
    sent += played.after(70)

    assert kinds(sent) == ["new", "update", "resolved", "again"]
    assert len({notification.id for notification in sent}) == 1
    assert [notification.is_open for notification in sent] == [True, True, False, True]


def test_a_channel_that_cannot_edit_gets_what_a_person_should_notice() -> None:
    played = Played(traits=Traits(edits=False))
    played.read(episode())
    sent = played.after(70)
    played.read(episode("update", at_s=60, reason="lasting"))
    sent += played.after(70)
    played.read(episode("close", at_s=600))
    sent += played.after(70)

    assert kinds(sent) == ["new", "resolved"]


def test_few_series_at_once_are_notified_one_by_one_and_many_as_a_summary() -> None:
    few, many = Played(), Played()
    few.read(*(episode(series=f"host-{n}") for n in range(4)))
    many.read(*(episode(series=f"host-{n}") for n in range(5)))

    assert [notification.is_summary for notification in few.after(10)] == [False] * 4
    assert [len(notification.incidents) for notification in many.after(10)] == [5]


def test_a_summary_grows_while_the_storm_goes_on_and_ends_with_the_last_episode() -> None:
    played = Played()
    played.read(*(episode(series=f"host-{n}") for n in range(5)))
    sent = played.after(10)
    played.read(*(episode(series=f"rack-{n}") for n in range(6)))
    sent += played.after(70)
    played.read(*(episode("close", series=f"host-{n}", at_s=600) for n in range(5)))
    sent += played.after(70)
    played.read(*(episode("close", series=f"rack-{n}", at_s=600) for n in range(6)))
    sent += played.after(70)

    assert kinds(sent) == ["new", "again", "update", "resolved"]
    assert [(len(each.incidents), each.n_open) for each in sent] == [(5, 5), (11, 11), (11, 6), (11, 0)]
    assert len({notification.id for notification in sent}) == 1


def test_a_latecomer_of_a_storm_joins_its_summary_and_a_later_storm_has_one_of_its_own() -> None:
    played = Played()
    played.read(*(episode(series=f"host-{n}") for n in range(5)))
    sent = played.after(10)
    played.read(episode(series="late"))
    sent += played.after(600)
    played.read(*(episode(series=f"rack-{n}") for n in range(5)))
    sent += played.after(70)

    assert [(each.kind, len(each.incidents)) for each in sent] == [("new", 5), ("again", 6), ("new", 5)]


def test_what_stays_open_is_notified_again_after_the_repeat_interval() -> None:
    played = Played()
    played.read(episode())

    assert kinds(played.after(4 * 3600 + 10, step_s=10)) == ["new", "reminder"]


def test_what_is_acknowledged_is_shown_as_such_and_not_notified_again() -> None:
    played = Played()
    opened = episode()
    played.read(opened)
    played.after(10)
    played.answer(Ack(episode=opened.episode, series=opened.series, by="ann", at=START_MS))
    sent = played.after(5 * 3600, step_s=10)

    assert [(each.kind, each.acked_by) for each in sent] == [("update", "ann")]


def test_a_muted_series_is_notified_if_it_is_still_open_when_the_mute_ends() -> None:
    played = Played()
    played.answer(mute("host-*", START_MS + HOUR_MS))
    played.read(episode(), episode(series="other"))

    during = played.after(3595, step_s=5)
    after = played.after(70)

    assert [notification.worst.series for notification in during] == ["other"]
    assert [notification.worst.series for notification in after] == ["host-7/cpu"]


def test_an_episode_that_is_over_before_the_mute_ends_is_never_notified() -> None:
    played = Played()
    played.answer(mute("*", START_MS + HOUR_MS))
    played.read(episode())
    played.after(30)
    played.read(episode("close", at_s=600))

    assert kinds(played.after(2 * 3600, step_s=10)) == []
    assert played.records == {}


def test_a_mute_stops_reminders_and_not_the_end() -> None:
    played = Played()
    played.read(episode())
    played.after(10)
    played.answer(mute("*", START_MS + 100 * HOUR_MS))
    sent = played.after(5 * 3600, step_s=60)
    played.read(episode("close", at_s=600))

    assert kinds(sent) == []
    assert kinds(played.after(70)) == ["resolved"]


def test_quiet_hours_keep_all_but_the_critical_until_their_end() -> None:
    played = Played(NIGHT)
    played.read(episode(), episode(series="worse", severity="critical"))

    during = played.after(46 * 60, step_s=10)
    after = played.after(120)

    assert [notification.worst.series for notification in during] == ["worse"]
    assert [notification.worst.series for notification in after] == ["host-7/cpu"]


def test_what_was_over_before_it_could_be_notified_is_reported_where_that_makes_sense() -> None:
    chat, pager = Played(NIGHT), Played(NIGHT, PAGER)
    for played in (chat, pager):
        played.read(episode())
        played.after(60)
        played.read(episode("close", at_s=600))

    assert kinds(chat.after(3600, step_s=10)) == ["past"]
    assert kinds(pager.after(3600, step_s=10)) == []


def test_an_end_without_a_beginning_is_not_notified() -> None:
    played = Played()
    played.read(episode("close", at_s=600), silence("back", at_s=900))

    assert kinds(played.after(100)) == []


def test_a_receiver_without_resolved_messages_gets_none() -> None:
    played = Played(ONE_ROUTE.replace('type = "webhook"', 'type = "webhook"\nsend_resolved = false'))
    played.read(episode())
    sent = played.after(10)
    played.read(episode("close", at_s=600))

    assert kinds(sent + played.after(200)) == ["new"]


def test_alerts_that_expire_are_sent_again_while_they_are_open_and_not_muted() -> None:
    played = Played(traits=Traits(reminds=False, takes_past=False, refresh_ms=100_000))
    played.read(episode())
    sent = played.after(310)
    played.answer(mute("*", START_MS + HOUR_MS))

    assert kinds(sent) == ["new", "refresh", "refresh", "refresh"]
    assert kinds(played.after(400)) == []


def test_a_restart_goes_on_where_it_was() -> None:
    played = Played()
    played.read(episode(), episode(series="other"))
    before = played.after(10)
    played.read(episode("close", at_s=600))
    played.restart()
    after = played.after(70)
    played.restart()

    assert kinds(before + after) == ["new", "new", "resolved"]
    assert kinds(played.after(70)) == []


def test_episodes_of_a_route_that_is_gone_are_resolved_where_they_were_notified() -> None:
    played = Played()
    played.read(episode())
    played.after(10)
    played.restart(ONE_ROUTE.replace("[[routes]]", '[[routes]]\nseries = "other"'))

    assert kinds(played.after(70)) == ["resolved"]


def test_episodes_whose_group_has_other_labels_now_are_resolved() -> None:
    played = Played()
    played.read(episode())
    played.after(10)
    played.restart(ONE_ROUTE + 'group_by = ["team"]\n')

    assert kinds(played.after(70)) == ["resolved"]


def test_a_file_that_routes_the_same_keeps_what_is_open() -> None:
    played = Played()
    played.read(episode(), silence())
    played.after(10)
    played.restart(ONE_ROUTE.replace('group_wait = "10s"', 'group_wait = "20s"'))

    assert kinds(played.after(70)) == []


def test_an_end_that_comes_between_a_tick_and_its_deliveries_is_not_left_for_later() -> None:
    played = Played(ONE_ROUTE.replace('"10s"', '"0s"').replace('"1m"', '"0s"'))
    played.read(episode())
    sent = played.after(1)
    played.read(episode("close", at_s=600))
    between = list(played.book.due(played.now_ms))

    assert between == []
    assert kinds(sent + played.after(1)) == ["new", "resolved"]


def test_a_day_after_its_end_an_episode_is_forgotten() -> None:
    played = Played()
    played.read(episode())
    played.after(10)
    played.read(episode("close", at_s=600))
    played.after(70)
    kept = len(played.records)
    played.after(25 * 3600, step_s=600)

    assert (kept, played.records) == (3, {})


def test_an_episode_without_an_event_for_a_month_is_closed() -> None:
    played = Played(traits=Traits(reminds=False))
    played.read(episode())
    sent = played.after(10)
    sent += played.after(31 * 24 * 3600, step_s=3600)

    assert kinds(sent) == ["new", "resolved"]
