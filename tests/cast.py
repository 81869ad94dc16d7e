"""The cast: olivia owns acme, adam administers, dev develops, vera views; mallory owns evil-corp and is outside."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.test import TestCase, TransactionTestCase

from accounts.models import User
from audit.models import Event
from keyvault.actor import Actor, Origin, Role, TokenScope
from keyvault.secrets.models import Environment, Project
from keyvault.secrets.services.projects import create_project
from orgs.access import person_in, person_outside
from orgs.models import Membership, Organization
from orgs.services.members import add_member
from orgs.services.organizations import create_organization

ORIGIN = Origin(address="203.0.113.7", agent="tests")
NOBODY_YET = UUID(int=0)


class Cast(TransactionTestCase):
    """What both kinds of test case share; use :class:`CastTestCase` or :class:`CastTransactionTestCase`.

    Names of people are users; :meth:`actor` makes the actor that a user is in a browser session.
    """

    olivia: User
    adam: User
    dev: User
    vera: User
    mallory: User
    acme: Organization
    evil_corp: Organization
    shop: Project
    development: Environment
    staging: Environment
    production: Environment

    _seen: UUID = NOBODY_YET

    def actor(
        self,
        user: User,
        *,
        org: Organization | None = None,
        stepped_up: bool = False,
        token: TokenScope | None = None,
    ) -> Actor:
        """The user in ``org`` (else in the one organization the user is in) as the database has it now."""
        return acting(user, org=org, stepped_up=stepped_up, token=token)

    def membership(self, user: User, org: Organization | None = None) -> Membership:
        return active_membership(user, org)

    def events(self) -> list[Event]:
        """The events since the test began or since one of the assertions below was last asked, oldest first."""
        events = list(Event.objects.filter(id__gt=self._seen).order_by("id"))
        self._seen = events[-1].id if events else self._seen
        return events

    def assertEvents(self, *expected: str) -> list[Event]:
        """Exactly these since the last time, in order: ``secret:reveal`` succeeded, ``…:denied`` did not."""
        events = self.events()
        self.assertEqual(_words(events), list(expected))
        return events

    def assertEventsInclude(self, *expected: str) -> list[Event]:
        """These, in this order, among those since the last time."""
        events = self.events()
        words = iter(_words(events))
        self.assertTrue(all(word in words for word in expected), f"{list(expected)} not in {_words(events)}")
        return events

    def assertNoEvent(self, *unwanted: str) -> None:
        """None of these since the last time; without arguments: no event at all."""
        words = _words(self.events())
        self.assertEqual([word for word in words if not unwanted or word in unwanted], [])

    def forget_events(self) -> None:
        """What happened so far was preparation."""
        newest = Event.objects.order_by("-id").values_list("id", flat=True).first()
        self._seen = newest or NOBODY_YET


class CastTestCase(Cast, TestCase):
    """Made once for the class; what a test changes is rolled back."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        call_the_cast(cls)

    def setUp(self) -> None:
        super().setUp()
        self.forget_events()


class CastTransactionTestCase(Cast):
    """Made anew for each test, committed: for threads, locks, child processes and real servers. Slower."""

    def setUp(self) -> None:
        super().setUp()
        call_the_cast(self)
        self.forget_events()


def call_the_cast(stage: Cast | type[Cast]) -> None:
    stage.olivia, stage.acme = owner_of("olivia@acme.example", "Olivia", "Acme", "acme")
    stage.mallory, stage.evil_corp = owner_of("mallory@evil.example", "Mallory", "Evil Corp", "evil-corp")
    stage.adam, stage.dev, stage.vera = (
        _member(stage.olivia, stage.acme, name, role)
        for name, role in (("Adam", Role.ADMIN), ("Dev", Role.DEVELOPER), ("Vera", Role.VIEWER))
    )
    stage.shop = create_project(actor=acting(stage.adam), name="Shop", slug="shop")
    stage.shop.org = stage.acme  # one object each: what a test changes in it, it sees from everywhere
    stage.development, stage.staging, stage.production = (_in_acme(stage, env) for env in stage.shop.environments.all())


def acting(
    user: User, *, org: Organization | None = None, stepped_up: bool = False, token: TokenScope | None = None
) -> Actor:
    """Without ``token`` the actor is in a browser session."""
    return replace(person_in(active_membership(user, org), origin=ORIGIN, stepped_up=stepped_up), token=token)


def active_membership(user: User, org: Organization | None = None) -> Membership:
    mine = Membership.objects.active().select_related("user", "org").filter(user=user)
    return (mine.filter(org=org) if org else mine).get()


def _words(events: Sequence[Event]) -> list[str]:
    return [event.action if event.outcome == "success" else f"{event.action}:{event.outcome}" for event in events]


def _in_acme(stage: Cast | type[Cast], environment: Environment) -> Environment:
    environment.org, environment.project = stage.acme, stage.shop
    return environment


def owner_of(email: str, name: str, organization: str, slug: str) -> tuple[User, Organization]:
    user = User.objects.create_user(email=email, name=name)
    return user, create_organization(actor=person_outside(user, origin=ORIGIN), name=organization, slug=slug)


def _member(owner: User, org: Organization, name: str, role: Role) -> User:
    user = User.objects.create_user(email=f"{name.lower()}@{org.slug}.example", name=name)
    add_member(actor=acting(owner), org=org, person=user, role=role)
    return user
