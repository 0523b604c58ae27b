"""What can go wrong from the user's point of view, each kind with its own exit code."""

from __future__ import annotations


class StreamgaugeError(Exception):
    """Something that a user can act on; its text says what was expected, what was found and what to do.

    Attributes
    ----------
    exit_code : int
        Exit code of a command that ends with this error. 0 is success, 1 an error nobody foresaw, 75 a worker that asks
        to be started again from its last checkpoint.
    """

    exit_code = 1


class SettingsError(StreamgaugeError):
    """A setting, an option or a configuration file is wrong (click uses the same code for a wrong command line)."""

    exit_code = 2


class UnusableDataError(StreamgaugeError):
    """Points were read, but no model can be learned from them: the command line asks for what cannot be done."""

    exit_code = 2


class BrokerUnreachableError(StreamgaugeError):
    """No broker answers at the configured addresses."""

    exit_code = 3


class AuthenticationError(StreamgaugeError):
    """The broker refused the user name, the password, the mechanism, or a right to the group."""

    exit_code = 4


class CertificateError(StreamgaugeError):
    """The broker's certificate is not trusted, or the TLS handshake failed."""

    exit_code = 5


class TopicError(StreamgaugeError):
    """A topic is missing, its partitions do not fit the others, or the group is in use by others."""

    exit_code = 6


class ModelError(StreamgaugeError):
    """A model bundle is damaged, foreign or of the wrong shape."""

    exit_code = 7


class DataError(StreamgaugeError):
    """A file or a stream of points cannot be read as what it was said to be."""

    exit_code = 8


class TrainingError(StreamgaugeError):
    """A model cannot be trained or exported with what was given."""

    exit_code = 9


class FaultsMissedError(StreamgaugeError):
    """The demo ran, but a scripted fault was not found."""

    exit_code = 10


class StateError(StreamgaugeError):
    """The state that a worker left in the changelog cannot be read, is gone, or is of another topic."""

    exit_code = 11


class WorkerRunningError(StreamgaugeError):
    """A worker is running whose state or topics were to be changed."""

    exit_code = 12


class WorkerMissingError(StreamgaugeError):
    """No worker is running that could do what was asked for."""

    exit_code = 13


class UnscoredMessagesError(StreamgaugeError):
    """Messages are not scored as they should: dead-lettered, deleted unread, or of a series in two partitions."""

    exit_code = 14


RESTART_EXIT_CODE = 75

INTERRUPTED_EXIT_CODE = 130
"""What shells report for a command that Ctrl-C ended: 128 + SIGINT."""
