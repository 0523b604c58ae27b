"""docs/events.md says what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from stream.events.anomalies import decode_event
from stream.events.cloud_event import event_id
from stream.events.episodes import decode_episode, encode_episode, episode_headers, episode_id
from stream.events.schemas import schema
from stream.events.silences import SilenceEvent, encode_silence, silence_id
from stream.formats.points import Decoder
from stream.formats.rejections import Reason
from tests.e2e.poison import POISON

NOW_MS = 1_764_000_000_000


@pytest.fixture(scope="module")
def text(repository: Path) -> str:
    return (repository / "docs" / "events.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def examples(text: str) -> list[str]:
    return re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_table_of_reasons_is_complete_and_in_the_order_of_the_code(text: str) -> None:
    table = text.partition("| reason |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(Reason)


def test_the_example_points_are_read(examples: list[str]) -> None:
    read = [Decoder(0).decode(b"nyc_taxi", example.encode(), NOW_MS) for example in examples[:3]]
    assert [len(points.values) for points in read] == [1, 2, 2]
    assert read[1] == read[2]


def test_the_example_points_of_several_features_are_read(examples: list[str]) -> None:
    decoder = Decoder(0, features=("cpu", "mem"))
    read = [decoder.decode(b"host-7", example.encode(), NOW_MS).values for example in examples[3:5]]
    assert read == [[71.5, 0.82], [71.5, 0.82, 70.0, 0.83]]


def test_the_example_episode_is_what_the_code_writes(examples: list[str], text: str) -> None:
    episode = decode_episode(examples[5].encode())
    assert json.loads(encode_episode(episode)) == json.loads(examples[5])
    assert list(json.loads(examples[5])) == list(json.loads(encode_episode(episode)))
    Draft202012Validator(schema("episode")).validate(json.loads(examples[5]))
    assert f"`{event_id(episode)}`" in text


def test_the_readme_shows_the_same_example_episode(examples: list[str], repository: Path) -> None:
    readme = (repository / "README.md").read_text(encoding="utf-8")
    shown = readme.partition("```json\n")[2].partition("```")[0]
    assert json.loads(shown) == json.loads(examples[5])


def test_the_example_episode_of_a_reconstruction_model_is_what_the_code_writes(examples: list[str]) -> None:
    episode = decode_episode(examples[6].encode())
    assert list(json.loads(examples[6]).items()) == list(json.loads(encode_episode(episode)).items())
    Draft202012Validator(schema("episode")).validate(json.loads(examples[6]))
    assert episode.episode == episode_id(episode.series, episode.start, episode.model.sha256, "mem")


def test_the_example_headers_are_those_of_the_example_episode(examples: list[str], text: str) -> None:
    table = text.partition("| `ce_specversion`")[2]
    for name, value in episode_headers(decode_episode(examples[5].encode()))[1:]:
        assert f"| `{name}` | `{value.decode()}`" in table


def test_the_example_silences_are_what_the_code_writes(examples: list[str]) -> None:
    for example in examples[7:9]:
        silence = decode_event(example.encode())
        assert isinstance(silence, SilenceEvent)
        assert list(json.loads(example).items()) == list(json.loads(encode_silence(silence)).items())
        Draft202012Validator(schema("silence")).validate(json.loads(example))
        assert silence.episode == silence_id(silence.series, silence.start)


def test_the_example_scores_fit_their_schema(examples: list[str]) -> None:
    for example in examples[9:]:
        Draft202012Validator(schema("score")).validate(json.loads(example))
    assert len(examples) == 14


def test_the_example_detail_is_a_real_one(text: str) -> None:
    key, value, _ = POISON["null as series"]
    with pytest.raises(ValueError, match="wrong_type") as refused:
        Decoder(0).decode(key, value, 0)
    assert str(refused.value).removeprefix("wrong_type: ") in text
