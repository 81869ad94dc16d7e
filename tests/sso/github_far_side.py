"""A GitHub Enterprise Server on loopback, as far as signing in asks for one."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class GitHubFarSide(ThreadingHTTPServer):
    """``answers`` by path; ``asked`` are the paths, each with its Authorization header."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.url = f"http://localhost:{self.server_address[1]}"
        self.asked: list[tuple[str, str]] = []
        self.redeemed: list[dict[str, str]] = []
        self.answers: dict[str, Any] = {
            "/user": {"id": 4711, "login": "nina-hub", "name": "Nina"},
            "/user/emails": [
                {"email": "nina@private.example", "primary": True, "verified": True},
                {"email": "nina@acme.example", "primary": False, "verified": True},
            ],
            "/user/memberships/orgs/acme-inc": {"state": "active", "role": "member"},
            "/user/teams?per_page=100&page=1": [
                {"slug": "platform", "organization": {"login": "Acme-Inc"}},
                {"slug": "platform", "organization": {"login": "evil-corp"}},
            ],
        }


class _Answers(BaseHTTPRequestHandler):
    server: GitHubFarSide

    def do_GET(self) -> None:
        path = self.path.removeprefix("/api/v3")
        self.server.asked.append((path, self.headers.get("Authorization", "")))
        found = self.server.answers.get(path)
        self._answer(404 if found is None else 200, found or {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.redeemed.append({name: values[0] for name, values in parse_qs(body).items()})
        self._answer(200, {"access_token": "gho_x", "token_type": "bearer", "scope": "read:org,user:email"})

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""

    def _answer(self, status: int, document: Any) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def github_far_side() -> Iterator[GitHubFarSide]:
    server = GitHubFarSide()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def state_of(url: str) -> dict[str, str]:
    """The query of an address at GitHub."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
