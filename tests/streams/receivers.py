"""Real receivers on loopback: syslog over TLS, and HTTP."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Syslog:
    """``broken`` makes it cut connections before it reads."""

    port: int
    frames: list[bytes] = field(default_factory=list)
    broken: bool = False


@contextmanager
def syslog(certificate: Path, key: Path) -> Iterator[Syslog]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        heard = Syslog(listener.getsockname()[1])
        threading.Thread(target=_serve, args=(listener, context, heard), daemon=True).start()
        yield heard


def _serve(listener: socket.socket, context: ssl.SSLContext, heard: Syslog) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        with plain:
            if not heard.broken:
                try:
                    with context.wrap_socket(plain, server_side=True) as connection:
                        heard.frames += frames_of(_read(connection))
                        connection.unwrap()
                except OSError:
                    continue


def _read(connection: ssl.SSLSocket) -> bytes:
    content = b""
    while piece := connection.recv(65536):
        content += piece
    return content


def frames_of(content: bytes) -> list[bytes]:
    """RFC 6587 §3.4.1; fails where a count is wrong."""
    frames = []
    while content:
        count, _, rest = content.partition(b" ")
        frames.append(rest[: int(count)])
        if len(frames[-1]) != int(count):
            raise AssertionError("a frame is cut short")
        content = rest[int(count) :]
    return frames


@dataclass
class Webhook:
    port: int
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 204


@contextmanager
def webhook() -> Iterator[Webhook]:
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if found.status < 300:
                found.heard.append((dict(self.headers.items()), body))
            self.send_response(found.status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        found = Webhook(server.server_address[1])
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()
