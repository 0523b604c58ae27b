"""The control topic as a worker reads it."""

from __future__ import annotations

import threading
from typing import Final

import structlog

from stream.control.reader import ControlReader
from stream.control.view import ControlView
from stream.detectors import misfit
from stream.errors import BrokerUnreachableError
from stream.model import Bundle
from stream.settings.rules import Rule
from stream.settings.settings import Settings
from stream.worker.keys.rule_set import RuleSet
from stream.worker.keys.rules_in_force import RulesInForce
from stream.worker.observability.health import Health

READ_WITHIN_S: Final = 30.0

log = structlog.get_logger()


class WorkerControl:
    """Makes the rules of the control topic those that a worker wants.

    Reading begins at once, in a thread.

    Parameters
    ----------
    settings : Settings
        Their rules come after those of the topic.
    bundle : Bundle
        The model, which may not know what a rule asks for.
    health : Health
    """

    def __init__(self, settings: Settings, bundle: Bundle, health: Health) -> None:
        self._settings, self._bundle, self._health = settings, bundle, health
        self._rules: RulesInForce | None = None
        self._lock = threading.Lock()
        self._refused: set[str] = set()
        self._reader = ControlReader(settings, lambda _: self._want())

    def follow(self, rules: RulesInForce) -> None:
        """Wait until the topic is read; set what is wanted from now on.

        Raises
        ------
        BrokerUnreachableError
            If it cannot be read, unless the settings say to wait.
        """
        while True:
            try:
                self._reader.wait_until_read(READ_WITHIN_S)
                break
            except BrokerUnreachableError as error:
                if not self._settings.broker_wait:
                    raise
                self._health.beat()
                log.warning("waiting for broker", text=str(error))
        self._rules = rules
        self._want()

    def close(self) -> None:
        """Stop reading."""
        self._reader.close()

    def _want(self) -> None:
        """Want what the reader has read; called in its thread, too."""
        with self._lock:
            if self._rules is not None:
                view = self._reader.view
                self._rules.wanted = RuleSet.of(view, (*self._usable(view), *self._settings.rules))

    def _usable(self, view: ControlView) -> tuple[Rule, ...]:
        """Return the rules that the model can follow; log each other once."""
        usable = []
        for record in view.rules:
            rule = Rule.model_validate(record.rule)
            text = misfit(rule, self._bundle)
            if text is None:
                usable.append(rule)
            elif (sentence := f"control record rule/{record.name}: {text}") not in self._refused:
                self._refused.add(sentence)
                log.warning("control record ignored", text=sentence)
        return tuple(usable)
