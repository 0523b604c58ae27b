"""Incidents of `streamgauge notify`: summaries, mutes, a crash, and two notifiers that share them."""

from __future__ import annotations

import time

from stream.control.records import Mute
from tests.e2e.notify_service import NotifyService
from tests.e2e.waiting import wait_for


def test_many_series_at_once_are_one_summary_that_ends_when_the_last_one_closes(service: NotifyService) -> None:
    courses = [service.course(f'many/{n}{{team="web"}}') for n in range(8)]

    service.publish_together(courses, "open")
    service.slack_message("8 series", "[MAJOR] 8 series (team=web)")
    service.publish_together(courses[:7], "close")
    service.slack_message("8 series", "[MAJOR] 8 series, 1 open")
    courses[7].publish("close")
    service.slack_message("8 series", "[RESOLVED] 8 series")

    assert len(service.slack_of("8 series")) == 1
    assert service.slack_of("many/") == []


def test_a_muted_series_is_notified_when_the_mute_ends(service: NotifyService) -> None:
    muted, other = service.course("slack/muted"), service.course("slack/other")
    mute = Mute(id="m1", match="slack/muted", until=muted.start + 6_000, by="ann", at=muted.start)
    service.answer(mute)
    time.sleep(1)  # In force everywhere within 2 s.

    muted.publish("open")
    other.publish("open")
    service.slack_message(other.series, "[MAJOR]")
    before = service.slack_of(muted.series)
    service.slack_message(muted.series, "[MAJOR]")

    assert before == []


def test_a_message_whose_answer_was_lost_in_a_crash_is_found_again(service: NotifyService) -> None:
    course = service.course("slack/crash")
    service.received.lost_answers.add("/api/chat.postMessage")

    course.publish("open")
    service.slack_message(course.series, "[MAJOR]")
    service.notifier.kill9()
    course.publish("update", "critical")
    service.notifier.start()
    service.notifier.wait_ready()
    service.slack_message(course.series, "[CRITICAL]")

    assert len(service.slack_of(course.series)) == 1


def test_two_notifiers_share_the_work_and_one_takes_over_when_the_other_is_killed(service: NotifyService) -> None:
    with service.second as second:
        wait_for(lambda: len(service.notifier.events("notifying")) > 1 or None, "the other share")
        courses = [service.course(f"hook/shared-{n}") for n in range(12)]
        service.publish_together(courses, "open")
        wait_for(lambda: all(service.hooks(course) for course in courses) or None, "all webhooks")
        both = (service.notifier, second)
        wait_for(lambda: all(each.events("notified") for each in both) or None, "a delivery of each notifier")
        second.kill9()
        service.publish_together(courses, "close")
        wait_for(lambda: all(len(service.hooks(course)) > 1 for course in courses) or None, "all ends")

    assert all([each["status"] for each in service.hooks(course)] == ["open", "resolved"] for course in courses)


def test_a_dry_run_prints_what_was_sent_and_sends_nothing(service: NotifyService) -> None:
    course = service.course("mail/dry")
    course.publish("open", "critical", why="jumped to 99")
    wait_for(lambda: [mail for mail in service.mail.mails if "mail/dry" in mail["Subject"]] or None, "the mail")
    n_mails = len(service.mail.mails)

    dry = service.run("--dry-run", "--since", "1h")

    assert dry.returncode == 0, dry.stderr
    assert "mail, new: [CRITICAL] mail/dry\n    jumped to 99\n" in dry.stdout
    assert " notifications of " in dry.stdout.splitlines()[-1]
    assert len(service.mail.mails) == n_mails


def test_no_log_of_notifiers_that_were_killed_holds_a_secret_or_a_traceback(service: NotifyService) -> None:
    assert service.leaks() == []
