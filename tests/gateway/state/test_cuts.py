"""Whatever takes a right away cuts the streams that rest on it, on the gateway as it runs; nothing is late for good."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections
from django.utils import timezone

from accounts.models import User
from gateway.acknowledgement import wait_for_workers
from gateway.models import Upstream
from keyvault.secrets.models import Grant, Secret
from keyvault.secrets.services.removing import delete_secret
from keyvault.secrets.services.storing import rotate_secret
from keyvault.secrets.values import Value
from orgs.models import Membership, Organization
from tests.gateway.house import until
from tests.gateway.proxy.far_side import reply
from tests.gateway.proxy.stage import hear, request
from tests.gateway.proxy.test_websocket import FRAME, PATH, UPGRADE, echoing
from tests.gateway.scene import KEY, GatewayTestCase
from tests.gateway.state.streaming import Streaming
from tests.gateway.state.test_reached import CHAT
from tests.tokens.scene import shown
from tokens.models import AccessToken, ServiceIdentity
from tokens.services import Issued, pause_token, revoke_token

Act = Callable[[Issued], object]


class CutTests(Streaming, GatewayTestCase):
    def test_each_right_that_goes_takes_the_streams_along(self) -> None:
        acts: dict[str, tuple[str, Act]] = {
            "a pause": ("token_paused", self.pause),
            "a revocation": ("token_revoked", self.revoke),
            "a column that its MAC covers": ("token_revoked", lambda i: self.sql(i, "networks = '{192.0.2.0/24}'")),
            "the organization's networks": ("organization_network", self.narrow_the_organization),
            "an identity that is disabled": ("token_owner_gone", self.disable_the_identity),
            "a new value": ("binding_changed", self.rotate),
            "a deleted key": ("unbound", self.delete_the_key),
        }
        for what, (code, act) in acts.items():
            with self.subTest(what):
                self.start_anew()
                issued = self.at_development()
                self.assert_cut(issued, code, act)

    def test_a_persons_token_goes_with_what_the_person_may(self) -> None:
        def gone(issued: Issued) -> object:
            return Membership.objects.filter(user=self.dev).update(ended_at=timezone.now())

        acts: dict[str, tuple[str, Act]] = {
            "membership": ("token_owner_gone", gone),
            "account": ("token_owner_gone", lambda _: User.objects.filter(pk=self.dev.pk).update(is_active=False)),
            "grant": ("unbound", lambda _: Grant.objects.filter(membership=self.membership(self.dev)).delete()),
        }
        for what, (code, act) in acts.items():
            with self.subTest(what):
                self.start_anew()
                self.may_read(self.dev, self.development, "open*")
                issued = self.personal(self.dev, project=self.shop, environment=self.development)
                self.assert_cut(issued, code, act)

    def test_an_upstream_that_is_narrowed_or_switched_off_cuts(self) -> None:
        changes: dict[str, dict[str, Any]] = {
            "endpoint": {"paths": ["/v2"]},
            "no_provider": {"disabled_at": timezone.now()},
        }
        for code, change in changes.items():
            with self.subTest(code):
                self.start_anew(broker=False)
                upstream = Upstream.objects.create(
                    org=self.acme, slug="own", title="Own", base=self.house.upstream, slots=["bearer"], paths=["/v1"]
                )
                self.broker(self.development, provider="own")
                issued = self.at_development()

                def change_it(_: Issued, pk: Any = upstream.pk, change: dict[str, Any] = change) -> object:
                    return Upstream.objects.filter(pk=pk).update(**change)

                self.assert_cut(issued, code, change_it, path="/own/v1/chat/completions")

    def test_a_socket_is_closed_with_4401(self) -> None:
        self.start_anew()
        issued = self.at_development(websocket=True)
        until(lambda: self.house.ask(CHAT, shown(issued)).status == 200)
        self.house.far_side.answer = echoing
        with self.open() as client:
            client.sendall(request(shown(issued), PATH, *UPGRADE, method="GET"))
            hear(client, FRAME)
            self.revoke(issued)
            self.assertIn((4401).to_bytes(2, "big") + b"token-revoked", hear(client, b"token-revoked"))

    def test_a_revocation_that_is_held_open_while_later_changes_commit_is_not_lost(self) -> None:
        self.start_anew()
        issued = self.at_development()
        with self.streaming(issued) as client, _elsewhere() as other:
            other.execute("UPDATE tokens_accesstoken SET state = 'paused' WHERE id = %s", [issued.token.pk])
            for number in range(5):
                later = self.at_development(f"Later {number}")
                self.assertEqual(wait_for_workers([later.token.pk]), [])
            self.stream.go.release()
            self.assertIn(b"data: 1", hear(client, b"data: 1\n\n\r\n"), "it is not paused yet")
            other.execute("COMMIT")
            self.assert_ended(client, "token_paused")

    def start_anew(self, *, broker: bool = True) -> None:
        Organization.objects.filter(pk=self.acme.pk).update(allowed_networks=[])
        ServiceIdentity.objects.update(disabled_at=None)
        Membership.objects.filter(user=self.dev).update(ended_at=None)
        User.objects.filter(pk=self.dev.pk).update(is_active=True)
        Grant.objects.all().delete()
        ended = {"state": "revoked", "revoked_at": timezone.now(), "revoked_by": "test", "revoked_cause": "next"}
        AccessToken.objects.unrevoked().update(**ended)
        Secret.objects.filter(deleted_at=None).update(deleted_at=timezone.now())
        Upstream.objects.all().delete()
        self.house.far_side.answer = reply(b"{}")
        if broker:
            self.secret = self.broker(self.development, name=f"openai-key-{Secret.objects.count()}")

    def assert_cut(self, issued: Issued, code: str, act: Act, path: str = CHAT) -> None:
        with self.streaming(issued, path) as client:
            act(issued)
            self.assert_ended(client, code)

    def pause(self, issued: Issued) -> None:
        pause_token(actor=self.actor(self.olivia), token=issued.token)

    def revoke(self, issued: Issued) -> None:
        revoke_token(actor=self.actor(self.olivia), token=issued.token, cause="lost")

    def rotate(self, issued: Issued) -> None:
        rotate_secret(actor=self.actor(self.olivia), secret=self.secret, value=Value.text(KEY[::-1]))

    def delete_the_key(self, issued: Issued) -> None:
        delete_secret(actor=self.actor(self.olivia), secret=self.secret)

    def narrow_the_organization(self, issued: Issued) -> None:
        Organization.objects.filter(pk=self.acme.pk).update(allowed_networks=["192.0.2.0/24"])

    def disable_the_identity(self, issued: Issued) -> None:
        ServiceIdentity.objects.update(disabled_at=timezone.now())

    def sql(self, issued: Issued, change: str) -> None:
        """As somebody at the database's own prompt."""
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE tokens_accesstoken SET {change} WHERE id = %s", [issued.token.pk])


@contextmanager
def _elsewhere() -> Iterator[Any]:
    """A cursor in a transaction on a connection of its own, rolled back at the end unless it was committed."""
    other = connections["default"].copy()
    other.set_autocommit(False)
    try:
        yield other.cursor()
    finally:
        other.rollback()
        other.close()
