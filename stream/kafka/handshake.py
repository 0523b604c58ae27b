"""TCP and TLS steps to a broker, with exact errors.

And what answers at an address that is not the expected listener: a web server, or the listener with TLS.
"""

from __future__ import annotations

import socket
import ssl
import threading
from queue import Empty, SimpleQueue

from stream.errors import BrokerUnreachableError, CertificateError
from stream.settings.sources import variable

TCP_TIMEOUT_S = 3.0
"""For all addresses together: with the steps that follow an answer must come within 10 s."""

TLS_TIMEOUT_S = 2.0

IDENTIFY_TIMEOUT_S = 0.5
"""For each question of `identify`, asked when the time for an answer is nearly over."""

Address = tuple[str, int]


def open_first(addresses: list[Address]) -> tuple[Address, socket.socket]:
    """Connect to the first address that accepts.

    Raises
    ------
    BrokerUnreachableError
        If none does; the text gives the reason of each.
    """
    reasons = []
    for address in addresses:
        try:
            return address, _open(address, TCP_TIMEOUT_S / len(addresses))
        except OSError as error:
            reasons.append(f"{format_address(address)}: {_reason(error)}")
    raise BrokerUnreachableError(
        f"no broker answers: {'; '.join(reasons)}. Start Kafka, or set {variable('brokers')} to where it listens"
    )


def tls_handshake(connection: socket.socket, address: Address, context: ssl.SSLContext) -> None:
    """Complete a TLS handshake and close.

    Raises
    ------
    CertificateError
        If the broker's certificate is not trusted, is of another host, or the handshake breaks.
    BrokerUnreachableError
        If no answer comes.
    """
    connection.settimeout(TLS_TIMEOUT_S)
    try:
        context.wrap_socket(connection, server_hostname=address[0]).close()
    except ssl.SSLCertVerificationError as error:
        raise CertificateError(
            f"the certificate of {format_address(address)} is not trusted: {error.verify_message}. Set "
            f"{variable('ssl_cafile')} "
            f"to the authority that signed it, and {variable('brokers')} to a host name that it is made for"
        ) from error
    except TimeoutError as error:
        raise BrokerUnreachableError(
            f"{format_address(address)} accepts connections, but does not answer a TLS handshake within "
            f"{TLS_TIMEOUT_S:g} s: "
            "is this the TLS listener of a Kafka broker?"
        ) from error
    except OSError as error:
        if _answers_http(address):
            raise BrokerUnreachableError(not_kafka(address, "HTTP")) from error
        raise CertificateError(
            f"the TLS handshake with {format_address(address)} failed: {_reason(error)}. If this listener is not "
            f"encrypted, set "
            f"{variable('brokers')} to the port that is, or {variable('security_protocol')} to what it speaks"
        ) from error


def late_alert(address: Address, context: ssl.SSLContext) -> ssl.SSLError | None:
    """Connect again and read the alert that follows a handshake.

    In TLS 1.3 a broker checks our certificate after the handshake. What a client writes by then can meet a closed
    connection, and the alert stays unread: nothing is written here.
    """
    try:
        with _open(address, IDENTIFY_TIMEOUT_S) as connection:
            context.wrap_socket(connection, server_hostname=address[0]).recv(1)
    except ssl.SSLError as error:
        return error if "ALERT" in (error.reason or "") else None
    except OSError:
        return None
    return None


def not_kafka(address: Address, protocol: str) -> str:
    """Describe a listener with another protocol, and the remedy."""
    if protocol == "TLS":
        advice = f"set {variable('security_protocol')} to SSL, or to SASL_SSL with a login"
        return f"{format_address(address)} is a listener with TLS, and expects an encrypted connection: {advice}"
    advice = f"set {variable('brokers')} to where Kafka listens, usually port 9092"
    return f"{format_address(address)} speaks HTTP: a web server answers there, and no Kafka broker; {advice}"


def identify(address: Address) -> str | None:
    """Identify a listener that is no Kafka broker: TLS, HTTP or None."""
    if _answers_tls(address):
        return "TLS"
    return "HTTP" if _answers_http(address) else None


def _answers_tls(address: Address) -> bool:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # Nothing but the handshake is sent.
    try:
        with _open(address, IDENTIFY_TIMEOUT_S) as connection:
            context.wrap_socket(connection, server_hostname=address[0]).close()
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")  # TLS, but refused: a certificate may be needed.
    except OSError:
        return False
    return True


def _answers_http(address: Address) -> bool:
    try:
        with _open(address, IDENTIFY_TIMEOUT_S) as connection:
            connection.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False


def format_address(address: Address) -> str:
    """Format an address as in the settings."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _open(address: Address, timeout_s: float) -> socket.socket:
    """Resolve and connect in a thread, with a time limit."""
    results: SimpleQueue[socket.socket | OSError] = SimpleQueue()

    def attempt() -> None:
        try:
            results.put(socket.create_connection(address, timeout_s))
        except OSError as error:
            results.put(error)

    threading.Thread(target=attempt, daemon=True).start()
    try:
        result = results.get(timeout=timeout_s + 0.5)
    except Empty:
        raise TimeoutError(f"its name was not resolved within {timeout_s:g} s") from None
    if isinstance(result, OSError):
        raise result
    return result


def _reason(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return f"the host name is not known ({error.strerror})"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    if isinstance(error, ssl.SSLEOFError | ConnectionResetError):
        return "the other side closed the connection"
    if isinstance(error, TimeoutError) and error.errno is None:
        return str(error) if "name" in str(error) else "no answer"
    return error.strerror or str(error)
