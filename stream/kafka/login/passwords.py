"""Passwords from their setting or file."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from stream.errors import SettingsError
from stream.settings.security import SecuritySettings
from stream.settings.sources import variable


class Password(str):
    """A password that hides itself in logs."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Show stars, whatever the password."""
        return "'**********'"


def login_password(settings: SecuritySettings) -> Password | None:
    """Return password or client secret of the login, or None.

    Raises
    ------
    SettingsError
        If its file cannot be read or is empty; so for each function of this module.
    """
    return read_password("sasl_password_file", settings.sasl_password, settings.sasl_password_file)


def key_password(settings: SecuritySettings) -> Password | None:
    """Return the password of the client's key, or None."""
    return read_password("ssl_key_password_file", settings.ssl_key_password, settings.ssl_key_password_file)


def read_password(file_field: str, given: SecretStr | None, file: Path | None) -> Password | None:
    """Return a password that a setting or a file gives.

    Parameters
    ----------
    file_field : str
        Name of the setting of the file, for errors.
    given : pydantic.SecretStr or None
    file : Path or None
        The password is its only line.
    """
    if given is not None:
        return Password(given.get_secret_value())
    if file is None:
        return None
    try:
        text = file.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        found = error.strerror if isinstance(error, OSError) else "no UTF-8 text"
        raise file_error(file_field, file, "a password", found) from None
    if not text:
        raise file_error(file_field, file, "a password", "an empty file")
    return Password(text)


def file_error(field: str, path: object, expected: str, found: str | None) -> SettingsError:
    """Make the error of a file that does not hold what its setting says."""
    return SettingsError(f"{variable(field)}: expected {expected} in {path}; found: {found}")
