"""Acme with a mail server and a webhook, the evaluator begun, and the clock of its jobs."""

import datetime as dt

from django.test import override_settings

from alerts import tasks
from alerts.catalogue import Severity
from alerts.models import Alert, Channel, Delivery, Watch
from alerts.services.channels import Made, create_channel
from keyvault.actor import Origin
from keyvault.jobs import runner
from keyvault.jobs.models import Job, State
from tests.alerts.far_side import Mailbox, Receiver, mail_server, receiver
from tests.tokens.scene import TokenTransactionTestCase

OFFICE = Origin(address="203.0.113.7", agent="curl/8.5")
ELSEWHERE = Origin(address="198.51.100.20", agent="curl/8.5")
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


class AlertsTestCase(TokenTransactionTestCase):
    """Committed, as the evaluator only reads what is. ``mailbox`` and ``hook`` are the far sides."""

    mailbox: Mailbox
    hook: Receiver
    webhook: Made

    def setUp(self) -> None:
        super().setUp()
        self.mailbox, port = self.enterContext(mail_server())
        self.hook = self.enterContext(receiver())
        self.enterContext(
            override_settings(
                EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
                EMAIL_HOST="127.0.0.1",
                EMAIL_PORT=port,
                EMAIL_USE_TLS=False,
                KEYVAULT_EGRESS_ALLOW=["alerts@localhost=127.0.0.0/8", "alerts@localhost=::1/128"],
            )
        )
        self.webhook = self.made_webhook(least=Severity.NOTICE.value)
        tasks.look()  # the default channel, and the place in the log from which on it is read
        self.forget_events()

    def made_webhook(self, name: str = "Pager", **facts: object) -> Made:
        owner = self.actor(self.olivia)
        return create_channel(actor=owner, org=self.acme, kind="webhook", name=name, url=self.hook.url, **facts)  # type: ignore[arg-type]

    def default_channel(self) -> Channel:
        return Channel.objects.get(org=self.acme, is_default=True)

    def look(self) -> None:
        """The evaluator looks, and a worker does what is due."""
        tasks.look()
        self.deliver()

    def deliver(self) -> None:
        runner.sweep()

    def wait(self) -> None:
        """As if every wait of what is on its way were over."""
        Job.objects.filter(state=State.QUEUED).update(run_after=LONG_AGO)
        self.deliver()

    def alert(self, kind: str) -> Alert:
        return Alert.objects.get(org=self.acme, kind=kind)

    def kinds(self) -> list[str]:
        return sorted(Alert.objects.filter(org=self.acme).values_list("kind", flat=True))

    def hooked(self, kind: str) -> list[dict[str, object]]:
        """The alerts of the kind that the webhook was told of; each message's signature is checked."""
        for message in self.hook.received:
            self.assertTrue(message.is_signed_with(self.webhook.secret))
        told = [alert for message in self.hook.received for alert in message.content["data"]["alerts"]]
        return [alert for alert in told if alert["kind"] == kind]

    def deliveries(self) -> list[Delivery]:
        return list(Delivery.objects.order_by("id"))

    def watch_from_now(self) -> None:
        Watch.objects.all().delete()
        tasks.look()

    def told(self) -> list[tuple[str, str, int, str]]:
        """What became of each message, for a failure to say."""
        return [(str(each.channel), each.state, each.attempts, each.last_error) for each in self.deliveries()]
