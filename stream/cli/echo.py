"""Printing lines to people."""

from __future__ import annotations

import sys

import click

from stream.terminal import fitted


def echo(text: str, *, indent: int = 0, err: bool = False) -> None:
    """Print text, wrapped between words on a terminal."""
    click.echo(fitted(text, sys.stderr if err else sys.stdout, indent), err=err)
