"""A provider on a free port: it keeps what it was sent, byte for byte, and answers as the test says."""

import socket
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Seen:
    """One request as the provider got it."""

    head: bytes
    body: bytes = b""
    connection: int = 0

    @property
    def line(self) -> str:
        return self.head.split(b"\r\n", 1)[0].decode()

    @property
    def headers(self) -> list[tuple[str, str]]:
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines if line)]

    def header(self, name: str) -> str | None:
        return next((value for each, value in self.headers if each == name), None)

    def names(self) -> set[str]:
        return {name for name, _ in self.headers}


Answering = Callable[[Seen, socket.socket], None]


def reply(
    body: bytes = b"{}", status: str = "200 OK", headers: dict[str, str] | None = None, length: bool = True
) -> Answering:
    lines = {"content-type": "application/json", **(headers or {})}
    if length:
        lines["content-length"] = str(len(body))
    head = f"HTTP/1.1 {status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    return raw(head.encode() + body)


def raw(data: bytes, *, close: bool = False) -> Answering:
    def answer(seen: Seen, connection: socket.socket) -> None:
        connection.sendall(data)
        if close:
            connection.shutdown(socket.SHUT_RDWR)

    return answer


@dataclass
class FarSide:
    answer: Answering = field(default_factory=reply)
    reads_body: bool = True
    seen: list[Seen] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)
    """Set when a connection was ended by the gateway."""
    connections: int = 0

    def __enter__(self) -> "FarSide":
        far_side = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                far_side.connections += 1
                far_side._serve(self.request, far_side.connections)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 512

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def last(self) -> Seen:
        return self.seen[-1]

    def reset(self) -> None:
        self.answer, self.reads_body = reply(), True
        self.seen.clear()
        self.gone.clear()

    def _serve(self, connection: socket.socket, number: int) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffered = b""
        try:
            while True:
                while b"\r\n\r\n" not in buffered:
                    buffered += _some(connection)
                head, _, buffered = buffered.partition(b"\r\n\r\n")
                seen = Seen(head, connection=number)
                if self.reads_body:
                    seen.body, buffered = _body(seen, buffered, connection)
                self.seen.append(seen)
                self.answer(seen, connection)
        except (ConnectionError, OSError):
            self.gone.set()


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError
    return data


def _body(seen: Seen, buffered: bytes, connection: socket.socket) -> tuple[bytes, bytes]:
    if seen.header("transfer-encoding") == "chunked":
        return _chunks(buffered, connection)
    length = int(seen.header("content-length") or 0)
    while len(buffered) < length:
        buffered += _some(connection)
    return buffered[:length], buffered[length:]


def _chunks(buffered: bytes, connection: socket.socket) -> tuple[bytes, bytes]:
    body = b""
    while True:
        while b"\r\n" not in buffered:
            buffered += _some(connection)
        size, _, buffered = buffered.partition(b"\r\n")
        length = int(size, 16)
        while len(buffered) < length + 2:
            buffered += _some(connection)
        body, buffered = body + buffered[:length], buffered[length + 2 :]
        if not length:
            return body, buffered
