"""A SAML provider's page: it posts its response to us by itself, across sites, as providers do."""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.sso.saml_far_side import Said, Signer, asked, assertion_of, encoded, response


class SamlPage(ThreadingHTTPServer):
    """``base`` is the connection's address here: set once that is known."""

    daemon_threads = True

    def __init__(self, signer: Signer) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.signer = signer
        self.base = ""
        self.url = f"http://localhost:{self.server_address[1]}/sso"

    def page(self, path: str) -> str:
        now = f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
        said = Said(
            acs=f"{self.base}/acs",
            audience=f"{self.base}/metadata",
            in_response_to=asked(path)[0],
            signed_in=now,
        )
        document = response(said)
        self.signer.sign(assertion_of(document))
        field = f'<input type="hidden" name="SAMLResponse" value="{encoded(document)}">'
        form = f'<form method="post" action="{said.acs}">{field}<button>Go back</button></form>'
        return f"<!doctype html><title>Provider</title>{form}<script>document.forms[0].submit()</script>"


class _Answers(BaseHTTPRequestHandler):
    server: SamlPage

    def do_GET(self) -> None:
        body = self.server.page(self.path).encode() if self.path.startswith("/sso?") else b""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@contextmanager
def saml_page() -> Iterator[SamlPage]:
    server = SamlPage(Signer())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
