"""Announcement of settings in the client id.

They must be the same in all workers of a group.

A client id is what Kafka shows of every member to whoever may describe the group, and to an operator in
`kafka-consumer-groups.sh --describe --members`.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from stream.settings.settings import Settings

_PREFIX = "streamgauge"


@dataclass(frozen=True, slots=True)
class Announcement:
    """A worker's announced settings.

    Attributes
    ----------
    facts : dict of str to str
        By setting; without a semicolon or an equals sign.
    """

    facts: dict[str, str]

    @classmethod
    def of(cls, settings: Settings, model_sha256: str) -> Announcement:
        """Make that of a worker."""
        rules = sha256(repr(settings.rules).encode()).hexdigest()[:8] if settings.rules else "none"
        return cls(
            {
                "metrics_topic": settings.metrics_topic,
                "model": model_sha256[:12],
                "warmup": str(settings.warmup),
                "slow_warmup": str(settings.slow_warmup),
                "rewarm": str(settings.rewarm),
                "max_fill": str(settings.max_fill),
                "rules": rules,
            }
        )

    @property
    def client_id(self) -> str:
        """Write it as a client id."""
        return ";".join([_PREFIX, *(f"{name}={value}" for name, value in self.facts.items())])

    def difference(self, client_id: str) -> str | None:
        """Describe how a member's settings differ; None if equal."""
        prefix, *facts = client_id.split(";")
        theirs = dict(fact.split("=", 1) for fact in facts if "=" in fact)
        differing = [name for name, value in self.facts.items() if theirs.get(name, value) != value]
        if prefix != _PREFIX or not differing:
            return None
        there = ", ".join(f"{name} {theirs[name]}" for name in differing)
        here = ", ".join(f"{name} {self.facts[name]}" for name in differing)
        return (
            f"another worker of this app id runs with {there}, this one with {here}: which of them judges a series "
            "depends on its partition; give all workers of an app id the same settings"
        )
