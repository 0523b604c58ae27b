"""A small OpenID Connect provider: client credentials in, signed tokens out."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import trustme
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

AUDIENCE = "kafka"
ISSUER = "https://provider.test"


class TokenIssuer:
    """A signing key, its public half as JSON Web Key Set, and tokens signed with it."""

    def __init__(self) -> None:
        self._key = generate_private_key(65537, 2048)
        self._key_id = "key-of-the-tests"

    def jwks(self) -> bytes:
        """Return the key set by which a broker checks tokens."""
        numbers = self._key.public_key().public_numbers()
        modulus, exponent = (_encode(n.to_bytes((n.bit_length() + 7) // 8, "big")) for n in (numbers.n, numbers.e))
        key = {"kty": "RSA", "kid": self._key_id, "use": "sig", "alg": "RS256", "n": modulus, "e": exponent}
        return json.dumps({"keys": [key]}).encode()

    def token(self, subject: str, life_s: int) -> str:
        """Sign a token of a client."""
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + life_s, "scope": "metrics"}
        header = {"alg": "RS256", "kid": self._key_id, "typ": "JWT"}
        signed = ".".join(_encode(json.dumps(part).encode()) for part in (header, claims))
        return f"{signed}.{_encode(self._key.sign(signed.encode(), PKCS1v15(), SHA256()))}"


class OidcServer:
    """The token endpoint, over TLS.

    Attributes
    ----------
    url : str
    life_s : int
        Of the tokens that it gives.
    n_tokens : int
        Tokens given so far.
    """

    client, secret = "gauge@clients", "secret+of/the tests"

    def __init__(self, issuer: TokenIssuer, url: str) -> None:
        self.issuer = issuer
        self.url = url
        self.life_s = 3600
        self.n_tokens = 0

    def answer(self, authorization: str, body: bytes) -> tuple[int, dict[str, object]]:
        """Return status and document for a request."""
        fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        # As RFC 6749 wants it: both parts form-encoded.
        expected = base64.b64encode(b"gauge%40clients:secret%2Bof%2Fthe+tests").decode()
        if authorization != f"Basic {expected}":
            return 401, {"error": "invalid_client", "error_description": "unknown client or wrong secret"}
        if fields != {"grant_type": "client_credentials", "scope": "metrics"}:
            return 400, {"error": "invalid_scope"}
        self.n_tokens += 1
        token = self.issuer.token(self.client, self.life_s)
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": self.life_s}


@contextmanager
def oidc_server(issuer: TokenIssuer, authority: trustme.CA) -> Iterator[OidcServer]:
    """Run the token endpoint."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, document = provider.answer(self.headers["Authorization"], body)
            text = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    provider = OidcServer(issuer, f"https://127.0.0.1:{server.server_address[1]}/token")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
