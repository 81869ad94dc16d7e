"""One of everything that an operation can be about."""

from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from accounts.services.sessions import begin_session
from alerts.models import Alert, Channel, Delivery
from alerts.services.channels import create_channel
from audit.models import Event
from gateway.models import Limit, Upstream
from gateway.services.labels import give_host_label
from gateway.services.limits import Bounds, set_limit
from gateway.services.upstreams import add_upstream
from keyvault.actor import Role, TokenKind, Verb
from keyvault.flows.leaks.models import Scanner
from keyvault.flows.leaks.scanners import connect_scanner
from keyvault.flows.looking import reach_of
from keyvault.flows.streams.models import Stream, StreamKind
from keyvault.flows.streams.services import create_stream
from keyvault.secrets.api.places import absent
from keyvault.secrets.models import Environment, Project, Secret
from keyvault.secrets.services.projects import create_project
from keyvault.secrets.services.removing import delete_secret
from keyvault.secrets.values import Value
from keyvault.target import Target
from orgs.models import Connection, Invitation, Offboarding, Team, TeamMember
from orgs.services.connections import create_connection
from orgs.services.invitations import invite_person
from orgs.services.offboardings import schedule_offboarding
from orgs.sign_on.configurations import OidcConfiguration
from tests.api.operations import Operation
from tests.api.scene import DAY, ApiTestCase
from tests.cast import ORIGIN
from tokens.limits import Limits
from tokens.models import AccessToken, ServiceIdentity
from tokens.services import exempt_token, issue_token, pause_token

SERVICES = ("ci", "robot")


class StageTestCase(ApiTestCase):
    """``of`` says which token an operation of tokens is about: ``spare`` unless it needs another one."""

    empty_project: Project
    empty_environment: Environment
    deleted: Secret
    spare: AccessToken
    asleep: AccessToken
    exempt: AccessToken
    scanner: Scanner
    shared: AccessToken
    builders: Team
    invitation: Invitation
    offboarding: Offboarding
    connection: Connection
    stream: Stream
    limit: Limit
    upstream: Upstream
    sessions: dict[str, UUID]
    alert: Alert
    channel: Channel
    pager: Channel
    given_up: Delivery

    of = {
        "resume_token": "asleep",
        "copy_team_token": "shared",
        "copy_token_snippet": "shared",
        "end_exemption": "exempt",
    }

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        stage, owner = cls(), cls().actor(cls.olivia)
        cls.empty_project = create_project(actor=owner, name="Empty")
        cls.empty_environment = cls.empty_project.environments.get(slug="development")
        cls.deleted = stage.stored("api-keys/deleted", Value.text("sk_test_deleted"))
        delete_secret(actor=owner, secret=cls.deleted)
        cls.builders = Team.objects.create(org=cls.acme, slug="builders", name="Builders")
        TeamMember.objects.create(org=cls.acme, team=cls.builders, membership=stage.membership(cls.dev))
        stage.of_service("ci", (Verb.LIST,), "Spare")
        cls.spare = AccessToken.objects.get(name="Spare")
        stage.of_service("ci", (Verb.LIST,), "Asleep")
        cls.asleep = pause_token(actor=owner, token=AccessToken.objects.get(name="Asleep"))
        stage.of_service("ci", (Verb.LIST,), "Exempt")
        today = timezone.now().date()
        exempt = AccessToken.objects.get(name="Exempt")
        cls.exempt = exempt_token(actor=owner, token=exempt, reason="A yearly job", until=today)
        cls.scanner = connect_scanner(actor=owner, org=cls.acme, name="Our repositories").scanner
        cls.shared = issue_token(
            actor=owner,
            kind=TokenKind.TEAM,
            name="Shop frontend",
            environment=cls.development,
            origins=["http://localhost:5173"],
            endpoints=["openai/v1/chat"],
            limits=Limits(requests_per_minute=60, monthly_cents=500),
            lifetime=DAY,
        ).token
        cls.tokens["team"] = stage._team_token()
        cls.limit = set_limit(actor=owner, on=cls.empty_project, bounds=Bounds(requests_per_minute=60))
        cls.upstream = add_upstream(
            actor=owner, org=cls.acme, slug="llm", title="Own model", base="https://llm.acme.example", slots=["bearer"]
        )
        give_host_label(actor=owner, to=ServiceIdentity.objects.get(org=cls.acme, slug="robot"), label="robot")
        cls.invitation = invite_person(
            actor=owner, org=cls.acme, email="ina@guest.example", role=Role.VIEWER
        ).invitation
        cls.offboarding = schedule_offboarding(
            actor=stage.actor(cls.olivia, stepped_up=True),
            membership=stage.membership(cls.vera),
            due_at=timezone.now() + DAY,
        )
        cls.connection = create_connection(
            actor=stage.actor(cls.olivia, stepped_up=True),
            org=cls.acme,
            name="Acme ID",
            configuration=OidcConfiguration("https://id.acme.example", "keyvault", "hush"),
        )
        now = timezone.now()
        cls.alert = Alert.objects.create(
            org=cls.acme, kind="foreign-use", subject="token:x", severity="warning", first_at=now, last_at=now, count=1
        )
        cls.channel = create_channel(actor=owner, org=cls.acme, kind="email", name="Security").channel
        url = "https://hooks.acme.example/kv"
        cls.pager = create_channel(actor=owner, org=cls.acme, kind="webhook", name="Pager", url=url).channel
        cls.given_up = Delivery.objects.create(org=cls.acme, channel=cls.channel, state="dead", due_at=now)
        cls.stream = create_stream(
            actor=stage.actor(cls.olivia, stepped_up=True),
            org=cls.acme,
            kind=StreamKind.SYSLOG,
            name="Archive",
            place="logs.example.com:6514",
        ).stream
        cls.sessions = {
            person.name.lower(): begin_session(session_key=person.email, user=person, origin=ORIGIN).pk
            for person in (cls.olivia, cls.adam, cls.dev, cls.vera)
        }

    def holes(self, name: str = "", who: str = "") -> dict[str, str]:
        """What fills the paths: acme's own names and ids."""
        token: UUID = getattr(self, self.of.get(name, "spare")).pk
        if name == "replace_token" and who in ("olivia", "adam", "dev", "robot"):
            token = self._child_of(who)
        return {
            "project": "shop",
            "environment": "development",
            "name": "api-keys/stripe",
            "member": str(self.membership(self.dev).pk),
            "session": str(self.sessions.get(who, self.sessions["dev"])),
            "connection": str(self.connection.pk),
            "invitation": str(self.invitation.pk),
            "offboarding": str(self.offboarding.pk),
            "team": "builders",
            "service": "ci",
            "stream": str(self.stream.pk),
            "token": str(token),
            "limit": str(self.limit.pk),
            "upstream": "llm",
            "label": "robot",
            "scanner": str(self.scanner.pk),
            "alert": str(self.alert.pk),
            "channel": str(self.pager.pk if name == "replace_alert_channel_secret" else self.channel.pk),
            "delivery": str(self.given_up.pk),
            "event": str(Event.objects.filter(org_id=self.acme.pk).order_by("-id").values_list("id", flat=True)[0]),
        }

    def perform(self, who: str | None, name: str, operation: Operation, **headers: str) -> Any:
        url = operation.url(**self.holes(name, who or ""))
        self.forget_events()
        return self.call(who, operation.method, url, operation.said_by(who or ""), **headers)

    def target(self, on: str, who: str) -> Target:
        if on == "reach":
            return reach_of(self.acting(who))
        names = {"new_secret": "api-keys/new", "imported": "SENTRY_DSN"}
        if on in names:
            return absent(self.development, names[on])
        if on == "staged":
            return absent(self.staging, "api-keys/stripe")
        target: Target = getattr(self, on).target
        return target

    def _child_of(self, who: str) -> UUID:
        if who in SERVICES:
            owner = ServiceIdentity.objects.get(slug=who)
            scope: dict[str, Any] = {"kind": TokenKind.SERVICE, "owner": owner}
        else:
            scope = {"kind": TokenKind.PERSON}
        issued = issue_token(
            actor=self.acting(who), name=f"Child {uuid4().hex[:8]}", verbs=["list"], lifetime=DAY / 2, **scope
        )
        return issued.token.pk

    def _team_token(self) -> str:
        issued = issue_token(
            actor=self.actor(self.olivia),
            kind=TokenKind.TEAM,
            name="Shop backend",
            environment=self.development,
            networks=["127.0.0.0/8"],
            lifetime=DAY,
        )
        return issued.value or ""
