"""Every rule as it comes: the thing itself happens, and both a mail server and a receiver of webhooks hear of it.

A rule that is new has no act of its name here, and its test fails.
"""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any
from unittest import mock

from django.test import Client
from django.utils import timezone

from alerts import tasks
from alerts.catalogue import STANDARD, Kind, Severity
from alerts.models import Alert, Channel
from alerts.services.calendars import change_calendar
from audit.services import record
from gateway.acknowledgement import wait_for_workers
from gateway.models import Limit, Pool
from keyvault.actor import Role, TokenKind, Verb, system
from keyvault.flows.sweeps.runner import run_sweep
from keyvault.ids import uuid7
from keyvault.jobs import runner
from keyvault.jobs.services import enqueue
from keyvault.secrets.services.grants import grant
from keyvault.secrets.services.revealing import reveal_secret
from keyvault.secrets.services.storing import About, change_secret, create_secret
from keyvault.secrets.values import Value
from keyvault.target import Target
from orgs.services.members import change_role
from tests.alerts.far_side import text_of
from tests.alerts.scene import ELSEWHERE, OFFICE, AlertsTestCase
from tests.api.scene import own_cache
from tests.clock import within_a_minute
from tests.gateway.house import PATIENCE, until
from tests.gateway.proxy.far_side import reply
from tests.gateway.scene import GatewayTestCase
from tests.jobs.scene import doing
from tests.tokens.scene import DAY, later, shown
from tests.web.scene import PASSWORD, browser, quickly
from tokens.format import mint
from tokens.models import AccessToken
from tokens.services import Issued, revoke_token
from tokens.signing import sign

CHAT = "/openai/v1/chat/completions"
ASKED = json.dumps({"model": "gpt-4o", "max_tokens": 100, "messages": []}).encode()
DEAR = json.dumps({"usage": {"prompt_tokens": 10_000, "completion_tokens": 10_000}}).encode()  # some ten cents
VALUE = "/api/v1/projects/shop/environments/development/values/STRIPE"


class FarSidesTestCase(AlertsTestCase, GatewayTestCase):
    def setUp(self) -> None:
        self.enterContext(own_cache())
        super().setUp()
        Channel.objects.filter(is_default=True).update(least=Severity.NOTICE)  # as it comes it leaves out notices

    def api(self, issued: Issued | str, address: str = str(OFFICE.address), path: str = "/api/v1/whoami") -> int:
        token = issued if isinstance(issued, str) else shown(issued)
        headers = {"Authorization": f"Bearer {token}"}
        return Client().get(path, headers=headers, REMOTE_ADDR=address).status_code

    def swept(self, name: str, *, after: dt.timedelta = DAY * 0) -> None:
        with later(after):
            run_sweep(name, actor=system("sweep"))

    def assertToldOf(self, kind: Kind) -> Alert:
        """By mail to who leads the organization, and by a webhook with a good signature."""
        self.deliver()
        alert = self.alert(kind.value)
        mails = [mail for mail in self.mailbox.to("olivia@acme.example") if alert.title in text_of(mail)]
        self.assertTrue(mails, (self.mailbox.subjects, self.told()))
        self.assertIn(alert.sentence, text_of(mails[0]))
        self.assertIn(STANDARD[kind].title, text_of(mails[0], "html"))
        self.assertIn(str(alert.pk), {told["id"] for told in self.hooked(kind.value)})
        return alert


@quickly
class EveryRuleTests(FarSidesTestCase):
    def foreign_use(self) -> None:
        token = self.of_service(project=self.shop, environment=self.production, networks=["203.0.113.0/24"])
        self.assertEqual(self.api(token, "198.51.100.20"), 403)

    def dead_token(self) -> None:
        token = self.of_service()
        revoke_token(actor=self.actor(self.olivia), token=token.token, cause="The laptop was lost")
        self.assertEqual(self.api(token), 401)

    def unknown_token(self) -> None:
        self.stored(self.development)
        token = self.of_service(project=self.shop, environment=self.development)
        self.assertEqual(self.api(token, path=VALUE), 200)
        self.look()
        with within_a_minute():
            for _ in range(10):
                self.assertEqual(self.api(mint(TokenKind.SERVICE), "203.0.113.99"), 401)

    def exposed_token(self) -> None:
        body = f"It lay in the street: {shown(self.of_service())}".encode()
        self.assertEqual(Client().generic("POST", "/found", body, "text/plain").status_code, 202)
        self.deliver()

    def failed_sign_ins(self) -> None:
        self.dev.set_password(PASSWORD)
        self.dev.save()
        for _ in range(STANDARD[Kind.FAILED_SIGN_INS].threshold):
            browser().post("/sign-in", {"login": self.dev.email, "password": "wrong horse"})

    def odd_hours(self) -> None:
        secret = self.stored(self.production)
        self.may_read(self.dev, self.production)
        today = timezone.now().date()
        change_calendar(actor=self.actor(self.olivia), org=self.acme, days_off=[today, today + DAY])
        reveal_secret(actor=self.actor(self.dev, stepped_up=True), secret=secret)

    def bulk_reads(self) -> None:
        self.stored(self.development)
        token = self.of_service(project=self.shop, environment=self.development)
        for _ in range(STANDARD[Kind.BULK_READS].threshold):
            self.assertEqual(self.api(token, path=VALUE), 200)

    def new_place(self) -> None:
        self.stored(self.development)
        token = self.of_service(project=self.shop, environment=self.development)
        for address in (OFFICE.address, ELSEWHERE.address):
            self.assertEqual(self.api(token, str(address), path=VALUE), 200)

    def rights_changed(self) -> None:
        owner = self.actor(self.olivia, stepped_up=True)
        change_role(actor=owner, membership=self.membership(self.adam), role=Role.OWNER)

    def own_production(self) -> None:
        owner, to = self.actor(self.olivia, stepped_up=True), self.membership(self.olivia)
        grant(actor=owner, to=to, project=self.shop, environment=self.production, verbs=[Verb.READ])

    def tampering(self) -> None:
        token = self.of_service()
        AccessToken.objects.filter(pk=token.token.pk).update(expires_at=timezone.now() + 999 * DAY)
        self.assertEqual(self.api(token), 401)

    def log_broken(self) -> None:
        """No sealer is at work here, and an event has waited for two minutes."""
        with mock.patch("audit.services.uuid7", side_effect=lambda at: uuid7(at - dt.timedelta(minutes=2))):
            record("keys:verify", actor=system("tests"), on=Target(org=None))
        tasks.look_at_the_log()

    def alarm_changed(self) -> None:
        change_calendar(actor=self.actor(self.olivia), org=self.acme, begins=dt.time(9))

    def failed_work(self) -> None:
        def work(**_: object) -> None:
            raise RuntimeError

        with doing(work):
            enqueue("tests.work", arguments={}, author=self.actor(self.adam))
            for _ in range(runner.ATTEMPTS):
                self.wait()

    def expiry_due(self) -> None:
        self.of_service(lifetime=60 * DAY)
        self.swept("expiring-tokens", after=50 * DAY)

    def rotation_due(self) -> None:
        secret = self.stored(self.production)
        about = About(rotate_by=timezone.now().date() + 7 * DAY)
        change_secret(actor=self.actor(self.olivia), secret=secret, about=about)
        self.swept("rotation")

    def budget_reached(self) -> None:
        self.broker(self.development)
        token = self.at_development()
        Limit.objects.create(org=self.acme, token=token.token, soft_cents=1)
        self.house.far_side.answer = reply(DEAR)
        until(lambda: self.house.ask(CHAT, shown(token), body=ASKED, content_type="application/json").status == 200)
        until(Pool.objects.filter(subject=token.token.pk, used__gt=10_000).exists)

    def sweep_found(self) -> None:
        self.of_service(lifetime=300 * DAY)
        self.swept("stale-tokens", after=91 * DAY)

    def stored(self, environment: Any) -> Any:
        owner = self.actor(self.olivia)
        return create_secret(actor=owner, environment=environment, name="STRIPE", value=Value.text("sk_live_1")).secret


def _fires(kind: Kind) -> Callable[[EveryRuleTests], None]:
    def test(self: EveryRuleTests) -> None:
        getattr(self, kind.name.lower())()
        self.look()
        self.assertToldOf(kind)

    return test


for _kind in Kind:
    setattr(EveryRuleTests, f"test_{_kind.name.lower()}", _fires(_kind))


class GatewayEventsTestCase(FarSidesTestCase):
    def asked(self, issued: Issued | str, rule: str, **headers: Any) -> None:
        """Until the gateway, which hears of everything a moment later, refuses it so."""
        token = issued if isinstance(issued, str) else shown(issued)
        if not isinstance(issued, str):
            self.assertEqual(wait_for_workers([issued.token.pk], PATIENCE), [])
        until(lambda: rule.encode() in self.house.ask(CHAT, token, **headers).body)

    def assertRaised(self, kind: Kind) -> Alert:
        until(lambda: self.looked(kind))
        return self.assertToldOf(kind)

    def looked(self, kind: Kind) -> bool:
        tasks.look()
        return Alert.objects.filter(org=self.acme, kind=kind).exists()


class AtTheGatewayTests(GatewayEventsTestCase):
    """The same by the gateway's own events, of requests that came to it."""

    def test_a_foreign_origin(self) -> None:
        issued = self.of_team(origins=["https://app.example.com"])
        self.asked(issued, "origin", origin="https://evil.example")
        alert = self.assertRaised(Kind.FOREIGN_USE)
        self.assertEqual((alert.token, alert.tier), (issued.token.pk, "dev"))
        self.assertIn("From 127.0.0.1", alert.sentence)

    def test_a_foreign_address(self) -> None:
        self.asked(self.at_development(networks=["203.0.113.0/24"]), "network")
        self.assertEqual(self.assertRaised(Kind.FOREIGN_USE).severity, "warning")

    def test_a_revoked_token(self) -> None:
        issued = self.at_development()
        revoke_token(actor=self.actor(self.olivia), token=issued.token, cause="lost")
        self.asked(issued, "token_revoked")
        self.assertEqual(self.assertRaised(Kind.DEAD_TOKEN).token, issued.token.pk)

    def test_an_expired_token(self) -> None:
        issued = self.at_development()
        token = self.now(issued.token)
        token.expires_at = timezone.now() - dt.timedelta(minutes=1)
        token.mac = sign(token)
        token.save(update_fields=["expires_at", "mac"])
        self.asked(issued, "token_expired")
        self.assertIn("works no more was used: Deploy job of shop", self.assertRaised(Kind.DEAD_TOKEN).title)

    def test_a_first_use_is_no_news_and_names_no_client(self) -> None:
        self.broker(self.development)
        issued = self.at_development()
        self.assertEqual(self.api(issued, "127.0.0.1"), 200)
        until(lambda: self.house.ask(CHAT, shown(issued)).status == 200)
        self.look()
        self.assertFalse(Alert.objects.filter(org=self.acme, kind=Kind.NEW_PLACE).exists())


class UnknownAtTheGatewayTests(GatewayEventsTestCase):
    """With a gateway of its own: whoever tries sixty in a minute is not let in at all for the rest of it."""

    def test_unknown_tokens_from_a_network_that_is_used(self) -> None:
        self.broker(self.development)
        used = shown(self.at_development())
        until(lambda: self.house.ask(CHAT, used).status == 200)
        self.look()

        def tried() -> bool:
            for _ in range(12):
                self.house.ask(CHAT, mint(TokenKind.SERVICE))
            return self.looked(Kind.UNKNOWN_TOKEN)

        until(tried)
        self.assertIn("127.0.0.0/24", self.assertToldOf(Kind.UNKNOWN_TOKEN).title)
        self.assertFalse(Alert.objects.filter(org=self.evil_corp, kind=Kind.UNKNOWN_TOKEN).exists())
