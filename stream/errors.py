"""Errors that a user can act on, one exit code each."""

from __future__ import annotations


class StreamgaugeError(Exception):
    """An error that a user can act on.

    Its text says what was expected, what was found and what to do.

    Attributes
    ----------
    exit_code : int
        Exit code of a command that ends with this error. 0 is success, 1 an error nobody foresaw, 75 a worker that asks
        to be started again from its last checkpoint.
    """

    exit_code = 1


class SettingsError(StreamgaugeError):
    """Invalid setting, option or configuration file."""

    exit_code = 2


class UnusableDataError(StreamgaugeError):
    """Data from which no model can be learned."""

    exit_code = 2


class BrokerUnreachableError(StreamgaugeError):
    """No broker answers, or what its login needs does not."""

    exit_code = 3


class AuthenticationError(StreamgaugeError):
    """A login, or a right to the group, was refused."""

    exit_code = 4


class CertificateError(StreamgaugeError):
    """Untrusted broker certificate, or failed TLS handshake."""

    exit_code = 5


class TopicError(StreamgaugeError):
    """Missing or mismatched topics, or a group in use."""

    exit_code = 6


class ModelError(StreamgaugeError):
    """Damaged, foreign or misshapen model bundle."""

    exit_code = 7


class DataError(StreamgaugeError):
    """A file or stream that cannot be read as declared."""

    exit_code = 8


class TrainingError(StreamgaugeError):
    """A model that cannot be trained or exported."""

    exit_code = 9


class FaultsMissedError(StreamgaugeError):
    """The demo missed a scripted fault."""

    exit_code = 10


class StateError(StreamgaugeError):
    """Stored state that is unreadable, gone, or of another topic."""

    exit_code = 11


class WorkerRunningError(StreamgaugeError):
    """A worker still runs whose state would change."""

    exit_code = 12


class WorkerMissingError(StreamgaugeError):
    """No worker runs that could do what was asked."""

    exit_code = 13


class UnscoredMessagesError(StreamgaugeError):
    """Messages are not scored as they should: dead-lettered, deleted unread, or of a series in two partitions."""

    exit_code = 14


RESTART_EXIT_CODE = 75

INTERRUPTED_EXIT_CODE = 130
"""What shells report for a command that Ctrl-C ended: 128 + SIGINT."""
