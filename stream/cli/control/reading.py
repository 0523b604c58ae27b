"""Reading the control topic once, for a command."""

from __future__ import annotations

from functools import partial

from stream.cli.echo import echo
from stream.control.reader import read_control
from stream.control.view import ControlView
from stream.settings.settings import Settings


def read_view(settings: Settings) -> ControlView:
    """Read what is in force; print ignored records to stderr."""
    return read_control(settings, partial(echo, err=True))
