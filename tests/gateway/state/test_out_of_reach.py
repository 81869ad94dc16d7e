"""A gateway that cannot reach its database serves for five seconds what it knows, and then nothing until it can."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connection
from psycopg import sql

from gateway.rights import ROLE
from tests.audit.sealed import superuser_url
from tests.gateway.house import until
from tests.gateway.proxy.stage import hear, request
from tests.gateway.proxy.test_streaming import Events
from tests.gateway.scene import GatewayTestCase
from tests.gateway.state.test_reached import CHAT
from tests.tokens.scene import shown
from tokens.services import revoke_token


class OutOfReachTests(GatewayTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.broker(self.development)
        self.issued = self.at_development()
        self.token = shown(self.issued)
        until(lambda: self.house.ask(CHAT, self.token).status == 200)

    def test_requests_are_refused_and_streams_cut_until_it_hears_again(self) -> None:
        stream = self.house.far_side.answer = Events()
        with socket.create_connection(("127.0.0.1", self.house.port), timeout=10) as client:
            client.sendall(request(self.token, CHAT, body=b"{}"))
            stream.go.release()
            self.assertIn(b"data: 0", hear(client, b"data: 0\n\n\r\n"))
            with self.database_away():
                until(lambda: self.house.probe("/readyz") == 503)
                self.assertEqual(self.house.ask(CHAT, self.token).status, 503)
                rest = hear(client, b"0\r\n\r\n", 10)
        self.assertIn(b"event: error", rest)
        self.assertNotIn(b"[DONE]", rest)
        stream.ended.set()
        stream.go.release()
        self.house.far_side.reset()
        until(lambda: self.house.ask(CHAT, self.token).status == 200)

    def test_what_was_revoked_meanwhile_is_refused_from_the_first_request_on(self) -> None:
        with self.database_away():
            revoke_token(actor=self.actor(self.olivia), token=self.issued.token, cause="lost")
            until(lambda: self.house.ask(CHAT, self.token).status == 503)
        seen = [503]

        def served() -> bool:
            seen.append(self.house.ask(CHAT, self.token).status)
            return seen[-1] != 503

        until(served)
        self.assertEqual(seen[-1], 401)

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """For the gateway: its sessions are ended, and nobody opens a new one."""
        ours = connection.settings_dict["NAME"]
        elsewhere = urlunsplit(urlsplit(superuser_url())._replace(path="/postgres"))
        with closing(psycopg.connect(elsewhere, autocommit=True)) as superuser:
            admit = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
            superuser.execute(admit.format(sql.Identifier(ours), False))
            try:
                superuser.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = %s",
                    [ours, ROLE],
                )
                yield
            finally:
                superuser.execute(admit.format(sql.Identifier(ours), True))
