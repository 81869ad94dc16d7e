"""What the services are told about rows is what the pure decision says about the same facts."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from accounts.models import User
from keyvault.actor import Actor
from keyvault.errors import NotAllowed, NotFound
from keyvault.secrets import access
from keyvault.secrets.models import Environment, Grant, Project
from keyvault.target import Target, Tier
from orgs.decide import Decision, GrantFacts, Rule, decide
from orgs.models import Team, TeamMember
from orgs.permissions import Action
from tests.cast import CastTestCase
from tests.orgs.strategies import Places, ProjectPlace, grants, services, targets, tokens

few = settings(max_examples=60, deadline=None)


class RowsTests(CastTestCase, HypothesisTestCase):
    """Each example writes its grants, asks, and is rolled back."""

    billing: Project
    team: Team

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.billing = Project.objects.create(org=cls.acme, slug="billing", name="Billing")
        for slug, tier, protected in (("dev", Tier.DEVELOPMENT, True), ("prod", Tier.PRODUCTION, True)):
            Environment.objects.create(
                org=cls.acme, project=cls.billing, slug=slug, name=slug, tier=tier, protected=protected
            )
        cls.team = Team.objects.create(org=cls.acme, slug="core", name="Core")
        for member in cls.acme.memberships.all():
            TeamMember.objects.create(org=cls.acme, team=cls.team, membership=member)

    @few
    @given(st.data())
    def test_persons(self, data: st.DataObject) -> None:
        places = self.places()
        user = data.draw(st.sampled_from([self.olivia, self.adam, self.dev, self.vera]))
        actor = replace(
            self.actor(user), token=data.draw(st.none() | tokens(places)), stepped_up=data.draw(st.booleans())
        )
        held = data.draw(st.lists(grants(places), max_size=4, unique_by=place_of))
        self.compare(data.draw(st.sampled_from(Action)), actor, data.draw(targets(places)), held, user)

    @few
    @given(st.data())
    def test_services_have_no_grants_whoever_else_has(self, data: st.DataObject) -> None:
        places = self.places()
        held = data.draw(st.lists(grants(places), max_size=2, unique_by=place_of))
        actor, target = data.draw(services(places)), data.draw(targets(places))
        action = data.draw(st.sampled_from(Action))
        self.write(held, self.dev)
        self.assertEqual(asked(action, actor, target), decide(action, actor=actor, target=target))

    def compare(self, action: Action, actor: Actor, target: Target, held: list[GrantFacts], holder: User) -> None:
        expected = decide(action, actor=actor, target=target, grants=held)
        self.write(held, holder)
        self.forget_events()
        self.assertEqual(asked(action, actor, target), expected)
        silent = expected.allowed or expected.rule is Rule.OTHER_ORGANIZATION
        told = [(event.action, event.outcome, event.reason) for event in self.events()]
        self.assertEqual(told, [] if silent else [(str(action), "denied", str(expected.rule))])

    def write(self, held: list[GrantFacts], holder: User) -> None:
        """By turns to the person and to a team of theirs."""
        member = self.membership(holder)
        Grant.objects.bulk_create(
            Grant(
                org=self.acme,
                project_id=facts.project_id,
                environment_id=facts.environment_id,
                membership=None if number % 2 else member,
                team=self.team if number % 2 else None,
                verbs=sorted(facts.verbs),
                prefix=facts.prefix,
            )
            for number, facts in enumerate(held)
        )

    def places(self) -> Places:
        return Places(
            self.acme.ref,
            self.evil_corp.ref,
            tuple(
                ProjectPlace(project.ref, tuple((e.ref, Tier(e.tier), e.protected) for e in project.environments.all()))
                for project in Project.objects.filter(org=self.acme)
            ),
        )


def asked(action: Action, actor: Actor, target: Target) -> Decision:
    try:
        return access.require(actor, action, target)
    except NotFound:
        return Decision(False, Rule.OTHER_ORGANIZATION)
    except NotAllowed as refused:
        return Decision(False, Rule(refused.rule))


def place_of(facts: GrantFacts) -> tuple[object, ...]:
    return (facts.project_id, facts.environment_id, facts.prefix)
