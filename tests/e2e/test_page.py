"""The live page in a real browser, beside a real worker on a real Kafka."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from stream.events.episodes import ScoredPoint, encode_score
from tests.e2e import fleet
from tests.e2e.kafka_container import KafkaContainer
from tests.e2e.page_site import PageSite, page_site
from tests.e2e.records import produce

WITHIN_S = 2.0
"""An anomaly that is published to the metrics topic is on the page this soon."""

N_CROWD = 5_000
FAULTY = fleet.name("http_latency_ms", "web-2")
CALM = fleet.name("cpu_percent", "web-1")


@pytest.fixture(scope="module")
def site(kafka: KafkaContainer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    """Return the running page."""
    with page_site(kafka, tmp_path_factory.mktemp("site")) as running:
        yield running


def test_the_open_episodes_are_listed_with_their_severity_in_words_and_their_reason(site: PageSite) -> None:
    page = site.open()
    entry = page.locator("#open-list li", has_text=FAULTY)
    expect(entry.locator(".badge")).to_have_text("critical")
    expect(entry.locator(".why")).to_contain_text("jumped from")
    first = page.locator("#list .row").first
    expect(first.locator(".badge")).to_have_text("critical")
    expect(page.locator("#vital-workers")).to_have_text("1")
    expect(page.locator("#vital-lag")).to_have_text("0")


def test_an_anomaly_planted_on_kafka_appears_within_two_seconds(site: PageSite) -> None:
    page = site.open()
    taken = []
    for host in ("web-1", "web-3", "api-2"):
        series = fleet.name("http_latency_ms", host)
        begun = time.monotonic()
        site.send(series, [900.0, 930.0, 910.0])
        expect(page.locator("#open-list li", has_text=series)).to_be_visible()
        taken.append(time.monotonic() - begun)
    # The machine may be busy with something else for a moment: the best of three counts.
    assert min(taken) < WITHIN_S
    expect(page.locator("#announce")).to_contain_text("http_latency_ms")


def test_a_search_finds_by_words_and_by_labels_and_a_state_is_a_filter(site: PageSite) -> None:
    page = site.open()
    page.locator("#search").fill("memory host=web")
    expect(page.locator("#list-count")).to_have_text("3 series found")
    expect(page.locator("#list .row")).to_have_count(3)
    page.locator("#search").fill("")
    page.locator("#states button[value=anomalous]").click()
    expect(page.locator("#list .row", has_text="host=web-2")).to_have_count(1)
    expect(page.locator("#list .row .badge", has_text="normal")).to_have_count(0)


def test_the_list_is_used_with_the_keyboard_alone(site: PageSite) -> None:
    page = site.open()
    expect(page.locator("#list .row").first).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.locator("#list").focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    chosen = page.locator("#list .row[aria-selected=true]")
    expect(chosen).to_have_attribute("aria-posinset", "3")
    expect(page.locator("#detail-name")).to_have_text(chosen.get_attribute("title") or "")
    page.locator("#chart").focus()
    before = page.locator("#range").inner_text()
    page.keyboard.press("+")
    expect(page.locator("#range")).not_to_have_text(before)
    expect(page.locator("#chart")).to_have_attribute("aria-label", re.compile(r"points, \d+ episodes; newest value"))


def test_dragging_zooms_a_double_click_goes_back_and_a_link_opens_that_moment(site: PageSite) -> None:
    page = site.show(FAULTY)
    expect(page.locator("#live")).to_have_attribute("aria-pressed", "true")
    before = page.locator("#range").inner_text()
    box = page.locator("#chart canvas").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 500, box["y"] + 100, steps=5)
    page.mouse.up()
    expect(page.locator("#live")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#range")).not_to_have_text(before)
    zoomed = page.locator("#range").inner_text()
    address = page.url
    assert "at=" in address
    page.mouse.dblclick(box["x"] + 300, box["y"] + 100)
    expect(page.locator("#range")).to_have_text(before)
    page.goto(address)
    expect(page.locator("#range")).to_have_text(zoomed)


def test_a_link_to_a_moment_shows_the_episode_of_then_and_last_week_can_be_compared(site: PageSite) -> None:
    then = site.end_ms - 185 * fleet.STEP_MS
    page = site.show(FAULTY, f"&at={then}")
    expect(page.locator("#live")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#episodes li")).not_to_have_count(0)
    page.locator("#compare").click()
    expect(page.locator("#readout")).to_contain_text("a week before")


def test_a_series_is_muted_and_unmuted_from_the_page(site: PageSite) -> None:
    page = site.show(FAULTY)
    page.locator("#mute").click()
    page.locator("#mute-why").fill("deploy of the shop")
    page.locator("#mute-by").fill("anna")
    page.locator("#mute-form button[value=mute]").click()
    expect(page.locator("#detail-muted")).to_contain_text("by anna (deploy of the shop)")
    expect(page.locator("#detail-state")).to_have_text("muted")
    (mute,) = site.control().mutes.values()
    assert (mute.by, mute.why) == ("anna", "deploy of the shop")
    assert site.control().muted(FAULTY, mute.until - 1) == mute
    assert site.control().muted(CALM, mute.until - 1) is None
    page.locator("#detail-muted button").click()
    expect(page.locator("#detail-muted")).to_be_hidden()
    assert site.control().mutes == {}


def test_an_episode_is_acknowledged_and_judged_from_the_page(site: PageSite) -> None:
    page = site.show(FAULTY)
    newest = page.locator("#episodes li").first
    newest.get_by_role("button", name="Acknowledge").click()
    expect(newest.locator(".answers")).to_contain_text("acknowledged by")
    newest.get_by_role("button", name="False alarm").click()
    expect(newest.get_by_role("button", name="False alarm")).to_have_attribute("aria-pressed", "true")
    view = site.control()
    (verdict,) = view.verdicts.values()
    assert (verdict.series, verdict.verdict, verdict.direction) == (FAULTY, "false", "above")
    assert set(view.acks) == {verdict.episode}
    newest.get_by_role("button", name="False alarm").click()
    expect(newest.get_by_role("button", name="False alarm")).to_have_attribute("aria-pressed", "false")
    assert site.control().verdicts == {}


def test_the_page_is_usable_on_a_phone(site: PageSite) -> None:
    page = site.page
    page.set_viewport_size({"width": 390, "height": 844})
    try:
        site.open()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.locator("#list .row").first.click()
        expect(page.locator("#chart canvas").first).to_be_visible()
        expect(page.locator("#list")).to_be_hidden()
        page.locator("#back").click()
        expect(page.locator("#list")).to_be_visible()
    finally:
        page.set_viewport_size({"width": 1400, "height": 900})


def test_five_thousand_series_are_listed_searched_and_scrolled_with_few_elements(site: PageSite) -> None:
    page = site.open()
    topic = site.settings.scores_topic
    assert topic is not None
    produce(site.kafka.bootstrap, topic, crowd(site.end_ms))
    n_series = N_CROWD + len(fleet.KINDS) * len(fleet.HOSTS)
    expect(page.locator("#vital-series")).to_have_text(f"{n_series:,}")
    page.locator("#search").fill("crowd-4999")
    expect(page.locator("#list .row")).to_have_count(1)
    page.locator("#search").fill("")
    page.locator("#list").evaluate("list => { list.scrollTop = list.scrollHeight }")
    expect(page.locator(f"#list .row[aria-posinset='{n_series}'] b")).not_to_be_empty()
    assert page.locator("#list .row").count() < 100


def crowd(end_ms: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield scored points of many series."""
    for number in range(N_CROWD):
        series = f"crowd-{number}/load"
        for step in (2, 1, 0):
            point = ScoredPoint(
                series=series,
                timestamp=end_ms - step * fleet.STEP_MS,
                value=float(number + step),
                expected=float(number),
                lower=number - 3.0,
                upper=number + 3.0,
                score=0.2,
                state="normal",
            )
            yield series.encode(), encode_score(point)


def test_a_page_whose_first_request_fails_says_so_and_tries_again(site: PageSite) -> None:
    page = site.page
    page.route("**/api/session", lambda route: route.abort(), times=1)
    page.goto(site.process.address)
    expect(page.locator("#banner")).to_contain_text("No connection to the page's server")
    expect(page.locator("#connection-text")).to_have_text("live")
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator("#list .row b").first).not_to_be_empty()


def test_a_restart_of_the_page_is_reported_and_loses_nothing_that_was_seen(site: PageSite) -> None:
    page = site.show(FAULTY)
    site.process.kill()
    expect(page.locator("#banner")).to_contain_text("No connection to the page's server")
    site.process.start()
    expect(page.locator("#connection-text")).to_have_text("live")
    expect(page.locator("#banner")).to_be_hidden()
    day_before = time.strftime("%d %b", time.gmtime(site.end_ms / 1000 - 7 * 86_400)).removeprefix("0")
    page.locator("#spans button", has_text="7d").click()
    expect(page.locator("#range")).to_contain_text(day_before)
    expect(page.locator("#chart")).to_have_attribute("aria-label", re.compile(r": (1\d{3}|2\d{3}) points"))
    expect(page.locator("#episodes li")).not_to_have_count(0)


def test_a_broker_that_is_gone_is_reported_until_it_is_back(site: PageSite) -> None:
    page = site.open()
    site.kafka.kill()
    try:
        expect(page.locator("#banner")).to_contain_text("Kafka does not answer")
    finally:
        site.kafka.start_again()
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator("#connection-text")).to_have_text("live")


def test_the_browser_has_asked_no_other_host_and_its_policy_has_blocked_nothing(site: PageSite) -> None:
    site.show(CALM)
    assert site.hosts == {urlsplit(site.process.address).netloc}
    # What the restarts have broken is named by the browser, too.
    assert [text for text in site.complaints if "net::ERR_" not in text] == []
