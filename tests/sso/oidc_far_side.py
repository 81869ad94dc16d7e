"""An OpenID provider on loopback that does what a test wants of it: right, or wrong in one point."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "keyvault", "s3cret-of-the-client"
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class OidcFarSide(ThreadingHTTPServer):
    """``lies`` overwrite claims of the ID token, ``userinfo_lies`` those of the user information.

    A real browser at its authorization endpoint is ``visitor``, and sent back at once.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.issuer = f"http://localhost:{self.server_address[1]}"
        self.discovery: dict[str, Any] = {}
        self.lies: dict[str, Any] = {}
        self.userinfo_lies: dict[str, Any] = {}
        self.token_answer: dict[str, Any] | None = None
        self.asked: list[str] = []
        self.visitor: dict[str, Any] = {}
        self._codes: dict[str, tuple[dict[str, str], dict[str, Any]]] = {}
        self._tokens: dict[str, dict[str, Any]] = {}

    def authorize(self, url: str, person: dict[str, Any]) -> dict[str, str]:
        """What the person's browser does there; gives the query that it comes back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = (asked, person)
        return {"code": code, "state": asked["state"]}

    def redeem(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.token_answer is not None:
            return 200, self.token_answer
        asked, person = self._codes.pop(form.get("code", ""), ({}, {}))
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if challenge != asked.get("code_challenge") or form.get("redirect_uri") != asked.get("redirect_uri"):
            return 400, {"error": "invalid_grant", "error_description": "PKCE or redirect_uri do not match"}
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked.get("nonce")}
        token = secrets.token_urlsafe(16)
        self._tokens[token] = person
        id_token = jwt.encode({**claims, **person, **self.lies}, _KEY, algorithm="RS256", headers={"kid": "1"})
        return 200, {"access_token": token, "token_type": "Bearer", "id_token": id_token, "expires_in": 300}

    def userinfo(self, token: str) -> dict[str, Any]:
        return {**self._tokens.get(token, {}), **self.userinfo_lies}


class _Answers(BaseHTTPRequestHandler):
    server: OidcFarSide

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        issuer = self.server.issuer
        if self.path == "/.well-known/openid-configuration":
            document = {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "userinfo_endpoint": f"{issuer}/userinfo",
                "jwks_uri": f"{issuer}/jwks",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
            self._answer(200, {**document, **self.server.discovery})
        elif self.path.startswith("/authorize?"):
            self._send_back()
        elif self.path == "/userinfo":
            self._answer(200, self.server.userinfo(self.headers["Authorization"].removeprefix("Bearer ")))
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        self.server.asked.append(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(*self.server.redeem({name: values[0] for name, values in parse_qs(body).items()}))

    def _send_back(self) -> None:
        target = parse_qs(urlsplit(self.path).query)["redirect_uri"][0]
        self.send_response(302)
        self.send_header("Location", f"{target}?{urlencode(self.server.authorize(self.path, self.server.visitor))}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def oidc_far_side() -> Iterator[OidcFarSide]:
    server = OidcFarSide()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
