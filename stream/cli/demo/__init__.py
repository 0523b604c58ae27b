"""`streamgauge demo`: a scripted scene, a stage to play it on, and the reckoning of what was found."""

from stream.cli.demo.command import command

__all__ = ["command"]
