"""The fast path: two statements, the answers of the ordinary road, and no yes that the ordinary road refuses."""

import tempfile
from typing import IO, Any
from unittest import mock

from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from audit.models import Event
from audit.services import prepare
from keyvault.actor import Origin
from keyvault.fastpath import reading
from keyvault.secrets.models import SecretVersion
from keyvault.secrets.services.removing import delete_secret
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from orgs.models import Membership, Organization
from orgs.permissions import Action
from tests.api.scene import DEVELOPMENT, KEY, PRODUCTION, ApiTestCase
from tokens.models import AccessToken
from tokens.peppers import digests_of

FAST = "keyvault.fastpath.middleware.FastPath"
ORDINARY = [layer for layer in settings.MIDDLEWARE if layer != FAST]
PATH = f"{DEVELOPMENT}/values/api-keys/stripe"


class FastPathTests(ApiTestCase):
    def read(self, who: str | None, path: str = PATH, **headers: str) -> Any:
        return self.call(who, "GET", path, **headers)

    def permitted(self, who: str) -> reading.Permitted:
        found = reading.permitted(
            self.tokens[who], origin=Origin(), project="shop", environment="development", name="api-keys/stripe"
        )
        assert found is not None
        return found

    def test_a_read_is_two_statements_and_none_of_djangos(self) -> None:
        self.read("olivia")  # keys and peppers are known from now on
        with tempfile.TemporaryFile() as wire, CaptureQueriesContext(connection) as others:
            connection.connection.pgconn.trace(wire.fileno())
            answer = self.read("olivia")
            connection.connection.pgconn.untrace()
            sent = _sent(wire)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(([line for line in sent if line in ("Query", "Execute")], len(others)), (["Execute"] * 2, 0))

    def test_it_answers_with_value_receipt_and_tag(self) -> None:
        answer = self.read("olivia")
        self.assertEqual(answer.json()["value"], KEY)
        [event] = self.assertEvents("secret:reveal")
        self.assertEqual(answer["KeyVault-Audit"], str(event.receipt))
        self.assertEqual(answer["Cache-Control"], "no-store")
        self.assertEqual(event.version, 2)

    def test_a_304_is_recorded_like_a_value(self) -> None:
        etag = self.read("olivia")["ETag"]
        answer = self.read("olivia", **{"If-None-Match": etag})
        self.assertEqual((answer.status_code, answer.content), (304, b""))
        self.assertEvents("secret:reveal", "secret:reveal")

    def test_both_roads_agree_for_everybody_everywhere(self) -> None:
        create_secret(
            actor=self.actor(self.olivia), environment=self.production, name="LIVE", value=Value.text("sk_live_1")
        )
        paths = (PATH, f"{PRODUCTION}/values/LIVE", f"{DEVELOPMENT}/values/NONE", f"{DEVELOPMENT}/values/..")
        for who in (*self.tokens, None):
            for path in paths:
                with self.subTest(who=who, path=path):
                    fast = self.read(who, path)
                    with override_settings(MIDDLEWARE=ORDINARY):
                        ordinary = self.read(who, path)
                    self.assertEqual(_shape(fast), _shape(ordinary))

    def test_neither_road_is_open_from_outside_of_the_organizations_networks(self) -> None:
        Organization.objects.filter(pk=self.acme.pk).update(allowed_networks=["192.0.2.0/24"])
        for layers in (settings.MIDDLEWARE, ORDINARY):
            with override_settings(MIDDLEWARE=layers):
                answer = self.read("olivia")
            self.assertEqual((answer.status_code, answer.json()["rule"]), (403, "organization-network"))
        self.assertNoEvent("secret:reveal")

    def test_it_is_the_fast_path_that_answers(self) -> None:
        with mock.patch("keyvault.secrets.api.values.reveal_secret") as ordinary:
            self.assertEqual(self.read("ci").status_code, 200)
        ordinary.assert_not_called()

    def test_a_revocation_between_the_statements_wins(self) -> None:
        real = reading.commit_and_open

        def revoked_first(found: reading.Permitted) -> reading.Read:
            AccessToken.objects.filter(pk=found.row["id"]).update(state="paused")
            return real(found)

        with mock.patch("keyvault.fastpath.middleware.commit_and_open", revoked_first):
            answer = self.read("ci")
        self.assertEqual(answer.status_code, 401)
        self.assertNoEvent("secret:reveal")

    def test_a_role_that_changes_between_the_statements_wins(self) -> None:
        real = reading.commit_and_open

        def demoted_first(found: reading.Permitted) -> reading.Read:
            Membership.objects.filter(user=self.adam).update(role="developer")
            return real(found)

        with mock.patch("keyvault.fastpath.middleware.commit_and_open", demoted_first):
            self.assertEqual(self.read("adam").status_code, 401)
        self.assertNoEvent("secret:reveal")

    def test_reads_in_one_group_get_each_its_own(self) -> None:
        places = [("olivia", "development"), ("ci", "development"), ("olivia", "production"), ("ci", "none")]
        asked = [
            (list(digests_of(self.tokens[who])), "shop", environment, "api-keys/stripe") for who, environment in places
        ]
        asked[2:2] = [([b"of nobody"], "shop", "development", "api-keys/stripe")] * 4
        rows = reading.find_rows(asked)
        self.assertEqual(
            [row["environment_slug"] if row else None for row in rows],
            ["development", "development", *[None] * 4, "production", None],
        )
        self.assertEqual([row["digest"] for row in rows if row], [asked[place][0][0] for place in (0, 1, 6, 7)])

    def test_a_revocation_hinders_no_other_read_of_its_group(self) -> None:
        found = [self.permitted(who) for who in ("olivia", "ci")]
        AccessToken.objects.filter(pk=found[0].row["id"]).update(state="paused")
        reads = [(prepare(Action.REVEAL_SECRET, actor=one.actor, on=one.target), one.row) for one in found]
        self.assertEqual(reading.commit_events(reads), [False, True])
        [event] = self.assertEvents("secret:reveal")
        self.assertEqual(event.token_id, found[1].row["id"])

    def test_a_deleted_secret_is_not_read(self) -> None:
        delete_secret(actor=self.actor(self.olivia), secret=self.stripe)
        self.assertEqual(self.read("olivia").status_code, 404)

    def test_an_altered_envelope_leaves_an_event_and_no_value(self) -> None:
        row = SecretVersion.objects.get(secret=self.stripe, version=2)
        SecretVersion.objects.filter(pk=row.pk).update(envelope=bytes(row.envelope or b"")[:-1] + b"\0")
        self.forget_events()
        answer = self.read("olivia")
        self.assertEqual(answer.status_code, 500)
        self.assertNotIn(KEY.encode(), answer.content)
        self.assertEvents("secret:reveal", "secret:reveal:error")

    def test_a_token_changed_from_outside_is_refused(self) -> None:
        AccessToken.objects.filter(name="Deploys of ci").update(environment=None)
        self.assertEqual(self.read("ci").status_code, 401)
        self.assertFalse(Event.objects.filter(action="secret:reveal", id__gt=self._seen).exists())


def _shape(answer: Any) -> tuple[int, Any]:
    """Status and body without what differs between two requests."""
    body = answer.json()
    return answer.status_code, {key: value for key, value in body.items() if key not in ("request_id", "instance")}


def _sent(wire: IO[bytes]) -> list[str]:
    """The messages that went to the server, by name, from libpq's own trace."""
    wire.seek(0)
    lines = [line.split("\t") for line in wire.read().decode(errors="replace").splitlines()]
    return [line[3].split()[0] for line in lines if len(line) > 3 and line[1] == "F"]
