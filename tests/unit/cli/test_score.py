"""`streamgauge score` says what would have alarmed in a file, and draws it."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image, ImageColor

from stream.cli.score.command import command
from stream.errors import DataError, SettingsError
from stream.plot.figure import SEVERITY_COLOURS

N, SPIKE = 400, 350
START_S = 1_700_000_000


def lines(series: str = "") -> list[str]:
    values = [20 + i % 10 for i in range(N)]
    values[SPIKE] = 95
    return [f"{series}{START_S + 60 * i},{value}" for i, value in enumerate(values)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "load.csv"
    path.write_text("\n".join(["timestamp,value", *lines()]))
    return path


def score(*arguments: str | Path, standard_input: str | None = None) -> Result:
    result = CliRunner().invoke(command, [*map(str, arguments)], input=standard_input)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def words(result: Result) -> str:
    """Undo the wrapping of lines."""
    return " ".join(result.stdout.split())


def test_the_episodes_are_printed_with_their_reason_and_a_summary(file: Path) -> None:
    printed = words(score(file))
    assert "2023-11-15 04:03" in printed
    assert "jumped from 29 to 95" in printed
    assert re.search(r"1 episode: 1 \w+\. Scored 100 of 400 points; 300 in warm-up\.", printed)


def test_no_line_is_wider_than_80_columns_and_no_word_is_broken(file: Path) -> None:
    printed = score(file).stdout
    assert max(map(len, printed.splitlines())) <= 80
    assert {"jumped", "above", "seen"} <= set(printed.replace("(", " ").split())


def test_json_is_one_object_an_episode_and_one_that_sums_up(file: Path) -> None:
    episode, summary = map(json.loads, score(file, "--json").stdout.splitlines())
    assert (episode["type"], episode["series"], episode["direction"]) == ("episode", "load", "above")
    assert episode["start"] == "2023-11-15T04:03:20.000Z"
    assert (summary["type"], summary["points"], summary["scored"], summary["episodes"]) == ("summary", N, 100, 1)


def test_several_series_are_named(tmp_path: Path) -> None:
    path = tmp_path / "hosts.csv"
    rows = [*lines("a,"), *lines("b,")]
    path.write_text("\n".join(["host,timestamp,value", *rows]))
    printed = score(path, "--columns", "series=host").stdout
    assert [line.split()[2] for line in printed.splitlines() if line.startswith("2023")] == ["a", "b"]
    assert re.search(r"2 episodes: 2 \w+\. Scored 200 of 800 points of 2 series", " ".join(printed.split()))


def test_a_compressed_file_and_standard_input_are_read(file: Path, tmp_path: Path) -> None:
    packed = tmp_path / "load.csv.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    expected = score(file, "--json").stdout.splitlines()[0]
    assert score(packed, "--json").stdout.splitlines()[0] == expected
    assert score("-", "--series", "load", "--json", standard_input=file.read_text()).stdout.splitlines()[0] == expected


def test_the_settings_are_those_of_a_worker(file: Path, tmp_path: Path) -> None:
    config = tmp_path / "streamgauge.toml"
    config.write_text('[[rules]]\nmatch = "load"\ndirection = "below"\n')
    assert "no episode. Scored 300 of 400" in score(file, "--config", config, "--warmup", "100").stdout


def test_a_file_that_is_too_short_says_so(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text("\n".join(["timestamp,value", *lines()[:20]]))
    printed = words(score(path))
    assert "no episode. Scored 0 of 20 points" in printed
    assert "Nothing was scored: a series warms up for 300 points; --warmup sets fewer." in printed


def test_rows_left_out_are_counted_and_the_first_is_shown(file: Path) -> None:
    file.write_text(file.read_text() + "\nnonsense\n")
    result = score(file, "--skip-bad")
    assert "1 left out as no points" in words(result)
    assert "rows left out: 1; the first:" in result.stderr
    with pytest.raises(DataError, match="line 402: expected 2 columns"):
        score(file)


@pytest.mark.parametrize(("name", "content"), [("empty.csv", b""), ("damaged.csv.gz", b"\x1f\x8bnothing")])
def test_a_file_that_is_none_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=name):
        score(tmp_path / name)


def test_a_picture_is_drawn(file: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.json"
    labels.write_text('{"some/load.csv": [["2023-11-15 03:00", "2023-11-15T05:00:00+01:00"]]}')
    out = tmp_path / "load.png"
    result = score(file, "--plot", out, "--labels", labels, "--plot-from", "2023-11-15")
    assert f"drawn: {out}" in result.stderr.replace("\n", "")
    picture = Image.open(out)
    assert picture.size[0] == 1500
    colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 16) or ()}
    assert ImageColor.getrgb(SEVERITY_COLOURS["major"]) in colours
    score(file, "--plot", tmp_path / "plain.png", "--plot-from", "2023-11-15")
    assert (tmp_path / "plain.png").read_bytes() != out.read_bytes()


def test_a_page_has_the_episodes_and_the_picture_inside(file: Path, tmp_path: Path) -> None:
    file.write_text(file.read_text())
    score(file, "--series", "<b>load</b>", "--plot", tmp_path / "load.html")
    page = (tmp_path / "load.html").read_text()
    assert "data:image/png;base64," in page
    assert "2023-11-15 04:03" in page
    assert "<b>load</b>" not in page
    assert "jumped from 29 to 95" in page


@pytest.mark.parametrize("options", [["--plot", "load.gif"], ["--plot-from", "2023-11-15"], ["--plot-to", "now"]])
def test_an_option_that_makes_no_sense_is_wrong_usage(file: Path, options: list[str]) -> None:
    assert score(file, *options).exit_code == 2


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--plot", "/nowhere/load.png"], "expected a file in a folder that exists, found /nowhere"),
        (["--warmup", "many"], "--warmup"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_scored(file: Path, options: list[str], text: str) -> None:
    with pytest.raises(SettingsError, match=text):
        score(file, *options)


def test_labels_of_another_form_are_refused(file: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.json"
    labels.write_text('["2023-11-15"]')
    with pytest.raises(DataError, match=r"labels\.json: expected JSON such as"):
        score(file, "--plot", tmp_path / "load.png", "--labels", labels)
