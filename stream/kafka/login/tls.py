"""TLS contexts from certificate files."""

from __future__ import annotations

import ssl
from pathlib import Path

from stream.errors import SettingsError
from stream.kafka.login.passwords import file_error, key_password
from stream.settings.security import SecuritySettings
from stream.settings.sources import variable


def tls_context(settings: SecuritySettings) -> ssl.SSLContext:
    """Return the TLS context of both client stacks.

    Raises
    ------
    SettingsError
        If a file holds no certificate, no key, a key of another certificate, or the key's password is wrong.
    """
    context = trusting(settings.ssl_cafile, "ssl_cafile")
    if settings.ssl_certfile is not None:
        _load_key(context, settings.ssl_certfile, settings)
    return context


def trusting(cafile: Path | None, field: str) -> ssl.SSLContext:
    """Return a TLS context that trusts a file's authorities.

    Parameters
    ----------
    cafile : Path or None
        Without it the system's.
    field : str
        Name of its setting, for errors.

    Raises
    ------
    SettingsError
        If the file holds no certificate.
    """
    try:
        return ssl.create_default_context(cafile=cafile)
    except OSError as error:
        raise file_error(field, cafile, "PEM certificates", str(error)) from error


def _load_key(context: ssl.SSLContext, certfile: Path, settings: SecuritySettings) -> None:
    password = key_password(settings)
    try:
        # Without a password OpenSSL would ask on the terminal for that of an encrypted key, and wait; an empty one
        # makes it fail.
        context.load_cert_chain(certfile, settings.ssl_keyfile, password=password or "")
    except OSError as error:
        raise _key_error(settings, password is not None, error) from None


def _key_error(settings: SecuritySettings, has_password: bool, error: OSError) -> SettingsError:
    key = f"the key in {variable('ssl_keyfile')} ({settings.ssl_keyfile})"
    if _is_encrypted(settings.ssl_keyfile):
        names = f"{variable('ssl_key_password')} or {variable('ssl_key_password_file')}"
        if not has_password:
            return SettingsError(f"{names}: not given, but {key} is encrypted")
        # A wrong password gives bytes that are no key: OpenSSL has many words for that.
        if "mismatch" not in str(error).lower():
            return SettingsError(f"{names}: does not decrypt {key}: {error}")
    return file_error("ssl_certfile", settings.ssl_certfile, f"the certificate of {key}", str(error))


def _is_encrypted(keyfile: Path | None) -> bool:
    try:
        return keyfile is not None and b"ENCRYPTED" in keyfile.read_bytes()
    except OSError:
        return False
