"""Streams go through as they come, both ways, and whoever leaves is noticed on the other side."""

import socket
import threading
import time

from gateway.proxy.limits import Limits
from tests.gateway.proxy.far_side import Seen, raw, reply
from tests.gateway.proxy.stage import CHAT, StageCase, hear, listen, request

EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def unchunked(heard: bytes) -> tuple[bytes, bool]:
    """The body of a chunked answer, and whether it ended as such a body does."""
    rest, body = heard.partition(b"\r\n\r\n")[2], b""
    while b"\r\n" in rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            return body, True
        body, rest = body + rest[:length], rest[length + 2 :]
    return body, False


class Events:
    """Answers with events, one for each permit, until it is told to end or the gateway leaves."""

    def __init__(self) -> None:
        self.go = threading.Semaphore(0)
        self.ended = threading.Event()

    def __call__(self, seen: Seen, connection: socket.socket) -> None:
        connection.sendall(EVENTS)
        number = 0
        while self.go.acquire(timeout=10):
            if self.ended.is_set():
                connection.sendall(chunk(b"data: [DONE]\n\n") + END)
                return
            connection.sendall(chunk(b"data: %d\n\n" % number))
            number += 1


class StreamTests(StageCase):
    options = {"limits": Limits(tick=0.05)}

    def test_events_pass_byte_for_byte_and_one_by_one(self) -> None:
        events = self.far_side.answer = Events()
        token = self.stage.issue()
        with self.stage.open() as client:
            client.sendall(request(token, body=b"{}"))
            heard = b""
            for number in range(3):
                events.go.release()
                heard += hear(client, chunk(b"data: %d\n\n" % number))
                self.assertTrue(heard.endswith(chunk(b"data: %d\n\n" % number)), heard)
            events.ended.set()
            events.go.release()
            body, whole = unchunked(heard + hear(client, END))
        self.assertEqual(body, b"data: 0\n\ndata: 1\n\ndata: 2\n\ndata: [DONE]\n\n")
        self.assertTrue(whole)
        self.assertIn(b"x-accel-buffering: no", heard)

    def test_whatever_bytes_events_have_stay(self) -> None:
        odd = b": OPENROUTER PROCESSING\r\n\r\ndata: \xff\xfe\x00\n\nevent: x\ndata: a\ndata: b\n\n\n\n"
        self.far_side.answer = raw(EVENTS + b"".join(chunk(odd[at : at + 1]) for at in range(len(odd))) + END)
        heard = self.stage.ask(CHAT, self.stage.issue())
        self.assertEqual(heard.body, odd)

    def test_a_client_that_leaves_a_stream_ends_it_upstream(self) -> None:
        events = self.far_side.answer = Events()
        client = self.stage.open()
        client.sendall(request(self.stage.issue(), body=b"{}"))
        events.go.release()
        listen(client, 0.2)
        client.close()
        self._assert_gone(events)

    def test_a_client_that_leaves_before_the_answer_ends_it_upstream(self) -> None:
        def never(seen: Seen, connection: socket.socket) -> None:
            connection.recv(1)
            raise ConnectionError

        self.far_side.answer = never
        client = self.stage.open()
        client.sendall(request(self.stage.issue(), body=b"{}"))
        while not self.far_side.seen:
            time.sleep(0.01)
        client.close()
        self.assertTrue(self.far_side.gone.wait(2))
        self.assertNoStream()

    def _assert_gone(self, events: Events) -> None:
        for _ in range(50):
            events.go.release()  # a write to a connection that was ended fails, the second at the latest
            if self.far_side.gone.wait(0.05):
                return
        self.fail("the provider was not told")

    def test_a_provider_that_breaks_off_breaks_the_stream(self) -> None:
        self.far_side.answer = raw(EVENTS + chunk(b"data: 1\n\n"), close=True)
        with self.stage.open() as client:
            client.sendall(request(self.stage.issue(), body=b"{}"))
            body, whole = unchunked(listen(client))
        self.assertEqual((body, whole), (b"data: 1\n\n", False))

    def test_a_body_that_is_too_short_breaks_the_connection(self) -> None:
        self.far_side.answer = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", close=True)
        heard = self.stage.send(request(self.stage.issue(), body=b"{}"))
        self.assertTrue(heard.endswith(b"\r\n\r\nabc"))
        self.assertIn(b"content-length: 10", heard.lower())

    def test_a_body_that_ends_with_its_connection_is_whole(self) -> None:
        self.far_side.answer = raw(b"HTTP/1.1 200 OK\r\n\r\nabc", close=True)
        heard = self.stage.ask(CHAT, self.stage.issue())
        self.assertEqual((heard.status, heard.body), (200, b"abc"))

    def test_a_client_that_does_not_read_slows_the_provider_down(self) -> None:
        sent = [0]

        def flood(seen: Seen, connection: socket.socket) -> None:
            connection.sendall(EVENTS)
            piece = chunk(b"x" * 65536)
            for _ in range(1024):
                connection.sendall(piece)
                sent[0] += 65536

        self.far_side.answer = flood
        with self.stage.open() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            client.sendall(request(self.stage.issue(), body=b"{}"))
            time.sleep(1)
            self.assertLess(sent[0], 32 * 1024 * 1024)

    def test_bodies_without_a_body(self) -> None:
        token = self.stage.issue()
        answers = {
            "HEAD": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Kept: 1\r\n\r\n",
            "DELETE": b"HTTP/1.1 204 No Content\r\nX-Kept: 1\r\n\r\n",
            "GET": b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nX-Kept: 1\r\nContent-Length: 5\r\n\r\n',
        }
        for method, answer in answers.items():
            with self.subTest(method):
                self.far_side.answer = raw(answer)
                heard = self.stage.ask("/openai/v1/files/1", token, method=method, body=None)
                self.assertEqual(heard.status, int(answer[9:12]))
                self.assertEqual((heard.header("x-kept"), heard.body), ("1", b""))
        self.far_side.answer = reply()
        self.assertEqual(self.stage.ask(CHAT, token).body, b"{}")  # nothing of the others was left behind

    def test_interim_answers_are_swallowed(self) -> None:
        interim = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + b"HTTP/1.1 100 Continue\r\n\r\n"
        self.far_side.answer = raw(interim + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        heard = self.stage.send(request(self.stage.issue(), body=b"{}"))
        self.assertEqual((heard[:15], heard[-2:]), (b"HTTP/1.1 200 OK", b"ok"))
        self.assertNotIn(b"103", heard)


class UploadTests(StageCase):
    options = {"limits": Limits(body_buffered=1000)}

    def test_a_long_upload_passes_in_pieces_with_its_length(self) -> None:
        body = b"--b\r\n" + b"\x00\xff\r\n" * 50_000
        head = f"Content-Length: {len(body)}"
        with self.stage.open() as client:
            kind = "Content-Type: multipart/form-data; boundary=b"
            client.sendall(request(self.stage.issue(), CHAT, head, kind) + body[:2000])
            while not self.far_side.connections:
                time.sleep(0.01)
            client.sendall(body[2000:])
            self.assertIn(b"200 OK", listen(client))
        self.assertEqual(self.far_side.last.body, body)
        self.assertEqual(self.far_side.last.header("content-length"), str(len(body)))
        self.assertEqual(self.far_side.last.header("content-type"), "multipart/form-data; boundary=b")

    def test_a_chunked_upload_passes_before_it_ends(self) -> None:
        with self.stage.open() as client:
            client.sendall(request(self.stage.issue(), CHAT, "Transfer-Encoding: chunked") + chunk(b"one"))
            while not self.far_side.connections:
                time.sleep(0.01)
            client.sendall(chunk(b"two") + END)
            self.assertIn(b"200 OK", listen(client))
        self.assertEqual(self.far_side.last.body, b"onetwo")
        self.assertEqual(self.far_side.last.header("transfer-encoding"), "chunked")

    def test_an_early_answer_ends_an_upload(self) -> None:
        self.far_side.reads_body = False
        self.far_side.answer = reply(b"{}", "413 Payload Too Large")
        with self.stage.open() as client:
            client.sendall(request(self.stage.issue(), CHAT, "Content-Length: 100000") + b"x" * 5000)
            heard = listen(client, 1)
        self.assertIn(b"413", heard)
        self.assertNoStream()

    def test_a_client_that_leaves_an_upload_ends_it_upstream(self) -> None:
        client = self.stage.open()
        client.sendall(request(self.stage.issue(), CHAT, "Content-Length: 100000") + b"x" * 5000)
        time.sleep(0.2)
        client.close()
        self.assertTrue(self.far_side.gone.wait(2))
        self.assertEqual(self.far_side.seen, [])

    def test_a_body_is_asked_for_only_when_it_is_wanted(self) -> None:
        with self.stage.open() as client:
            client.sendall(request("kvs_dev_wrong", CHAT, "Content-Length: 10", "Expect: 100-continue"))
            self.assertTrue(listen(client).startswith(b"HTTP/1.1 401"))
        with self.stage.open() as client:
            client.sendall(request(self.stage.issue(), CHAT, "Content-Length: 2", "Expect: 100-continue"))
            self.assertEqual(listen(client, 0.3), b"HTTP/1.1 100 Continue\r\n\r\n")
            client.sendall(b"{}")
            self.assertIn(b"200 OK", listen(client))
        self.assertIsNone(self.far_side.last.header("expect"))
