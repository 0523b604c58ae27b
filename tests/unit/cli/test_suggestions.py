"""What the command line says of a command that it does not have."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from stream.cli import main


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["wroker"], "No such command 'wroker'; did you mean `worker`?"),
        (["topics", "chek"], "No such command 'chek'; did you mean `check`?"),
        (["train", "fitt"], "No such command 'fitt'; did you mean `fit`?"),
        (["publish", "nope.csv"], "No such command 'nope.csv'; did you mean `streamgauge publish csv nope.csv`?"),
        (["topics", "everything"], "No such command 'everything'; expected one of "),
    ],
)
def test_a_command_that_is_misspelt_is_answered_with_the_one_that_was_meant(arguments: list[str], text: str) -> None:
    result = CliRunner().invoke(main, arguments, prog_name="streamgauge")
    assert result.exit_code == 2
    assert text in result.stderr


def test_an_option_that_is_misspelt_keeps_click_s_own_suggestion() -> None:
    assert "Did you mean --version?" in CliRunner().invoke(main, ["--vesion"]).stderr
