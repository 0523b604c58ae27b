"""Access tokens of an OpenID Connect provider, by client credentials.

RFC 6749, sections 2.3.1 and 4.4: the client id and secret go into the header, the answer is JSON.
"""

from __future__ import annotations

import base64
import json
from urllib.parse import quote_plus, urlencode

from stream.errors import AuthenticationError, BrokerUnreachableError
from stream.kafka.login.http import Answer, NoAnswerError, ask
from stream.kafka.login.passwords import login_password
from stream.kafka.login.tls import trusting
from stream.settings.security import SecuritySettings
from stream.settings.sources import variable

DEFAULT_LIFE_S = 300.0
"""Of a token whose endpoint does not say how long it is valid."""


def fetch_token(settings: SecuritySettings) -> tuple[str, float]:
    """Fetch a token; return it with its life in seconds.

    Raises
    ------
    AuthenticationError
        If the endpoint refuses the client.
    BrokerUnreachableError
        If it does not answer, or not with a token: without one no broker lets us in.
    CertificateError
        If its certificate is not trusted.
    """
    url = settings.sasl_token_url or ""
    fields = {"grant_type": "client_credentials"}
    if settings.sasl_token_scope is not None:
        fields["scope"] = settings.sasl_token_scope
    context = trusting(settings.sasl_token_cafile, "sasl_token_cafile")
    headers = {"Authorization": _basic(settings), "Accept": "application/json"}
    try:
        answer = ask(url, context, "sasl_token_cafile", headers, urlencode(fields).encode())
    except NoAnswerError as error:
        raise BrokerUnreachableError(
            f"no token for the login: {url} does not answer: {error}. Check {variable('sasl_token_url')}"
        ) from error
    return _token(answer, settings)


def _basic(settings: SecuritySettings) -> str:
    login = f"{quote_plus(settings.sasl_username or '')}:{quote_plus(login_password(settings) or '')}"
    return f"Basic {base64.b64encode(login.encode()).decode()}"


def _token(answer: Answer, settings: SecuritySettings) -> tuple[str, float]:
    try:
        document = json.loads(answer.body)
    except ValueError:
        document = None
    document = document if isinstance(document, dict) else {}
    if answer.status in (400, 401, 403):
        raise _refused(answer.status, document, settings)
    token, life_s = document.get("access_token"), document.get("expires_in", DEFAULT_LIFE_S)
    if answer.status != 200 or not isinstance(token, str) or not token:
        raise BrokerUnreachableError(
            f"no token for the login: expected JSON with an access_token from {settings.sasl_token_url}, found "
            f"HTTP {answer.status} without one. Check {variable('sasl_token_url')}"
        )
    try:
        return token, float(life_s)
    except (TypeError, ValueError):
        return token, DEFAULT_LIFE_S


def _refused(status: int, document: dict[str, object], settings: SecuritySettings) -> AuthenticationError:
    reason = ": ".join(str(document[name]) for name in ("error", "error_description") if name in document)
    return AuthenticationError(
        f"{settings.sasl_token_url} refused a token for the client {settings.sasl_username!r}: HTTP {status}"
        f"{f' ({reason[:300]})' if reason else ''}. Check {variable('sasl_username')}, {variable('sasl_password')} and "
        f"{variable('sasl_token_scope')}"
    )
