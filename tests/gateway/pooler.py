"""What a pooler in transaction mode is to whoever listens behind it: all passes but the notifications.

PostgreSQL's own messages are read (frontend/backend protocol 3.0: a letter, a length of four bytes, the content), and
those of the kind NotificationResponse are left out.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from psycopg import conninfo
from psycopg.abc import ConnDict

_NOTIFICATION = b"A"


@contextmanager
def deaf_pooler(url: str) -> Iterator[str]:
    """The address to connect to in place of ``url``: same account and database, without TLS."""
    named = conninfo.conninfo_to_dict(url)
    listening = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listening, named), daemon=True).start()
    account = urlsplit(url).netloc.rpartition("@")[0]
    here = f"{account}@127.0.0.1:{listening.getsockname()[1]}"
    try:
        yield f"postgresql://{here}/{named['dbname']}?sslmode=disable&gssencmode=disable"
    finally:
        listening.close()


def _accept(listening: socket.socket, named: ConnDict) -> None:
    with suppress(OSError):  # it is closed
        while True:
            client = listening.accept()[0]
            server = _server(named)
            threading.Thread(target=_pass_all, args=(client, server), daemon=True).start()
            threading.Thread(target=_pass_answers, args=(server, client), daemon=True).start()


def _server(named: ConnDict) -> socket.socket:
    host, port = str(named.get("host", "127.0.0.1")), int(named.get("port") or 5432)
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    server = socket.socket(socket.AF_UNIX)
    server.connect(str(Path(host) / f".s.PGSQL.{port}"))
    return server


def _pass_all(client: socket.socket, server: socket.socket) -> None:
    with client, server, suppress(OSError):
        while piece := client.recv(65536):
            server.sendall(piece)


def _pass_answers(server: socket.socket, client: socket.socket) -> None:
    with server.makefile("rb") as answers, client, suppress(OSError):
        while head := answers.read(5):
            content = answers.read(int.from_bytes(head[1:]) - 4)
            if head[:1] != _NOTIFICATION:
                client.sendall(head + content)
