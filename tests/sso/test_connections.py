"""Connecting providers, proving domains and mapping claims: who may, what is refused, and what the log says."""

import json
from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.test import override_settings

from accounts.models import User
from keyvault.errors import Conflict, Invalid, NotAllowed, NotFound
from keyvault.secrets.models import Grant
from orgs.models import Connection, Domain, Organization, RoleMapping, Team
from orgs.services.connections import configure_connection, create_connection, delete_connection, set_rules
from orgs.services.domains import approve_domain, claim_domain, drop_domain, expected_record, prove_domain, record_name
from orgs.services.mappings import map_role, map_team, unmap
from orgs.sign_on.configurations import Configuration, GitHubConfiguration, SamlConfiguration, configuration_of
from tests.egress.name_server import name_server
from tests.sso.oidc_far_side import SECRET
from tests.sso.scene import NINA, SsoTestCase
from tests.web.scene import browser


class ConnectionTests(SsoTestCase):
    def test_the_configuration_rests_sealed_and_is_told_nowhere(self) -> None:
        stored = Connection.objects.values_list("configuration", flat=True).get()
        self.assertNotIn(SECRET.encode(), bytes(stored))  # an envelope
        self.assertNotIn(SECRET, repr(configuration_of(self.connection)))
        self.assertEqual(json.loads(self.connection.configuration.reveal())["client_secret"], SECRET)

    def test_a_change_names_the_parts_and_not_what_is_in_them(self) -> None:
        owner = self.actor(self.olivia, stepped_up=True)
        changed = configure_connection(
            actor=owner, connection=self.connection, name="Acme", configuration=self.oidc(client_secret="another")
        )
        self.assertEqual(configuration_of(changed), self.oidc(client_secret="another"))
        (event,) = self.assertEvents("sso:change")
        self.assertEqual(event.document["details"], {"configuration": ["client_secret"]})

    def test_a_connection_stays_with_its_provider(self) -> None:
        """Else the people of another one would get the accounts of this one's, by the same identifiers."""
        owner = self.actor(self.olivia, stepped_up=True)
        for other in (self.oidc(issuer="https://another.example"), GitHubConfiguration("acme", "id", "secret")):
            with self.assertRaises(Conflict):
                configure_connection(actor=owner, connection=self.connection, name="X", configuration=other)
        self.assertEvents("sso:change:error", "sso:change:error")

    def test_with_a_connection_go_its_ties_and_mappings_and_members_stay(self) -> None:
        self.sign_in(NINA)
        self.map("staff", "developer")
        self.forget_events()
        delete_connection(actor=self.actor(self.olivia, stepped_up=True), connection=self.connection)
        self.assertEqual((Connection.objects.count(), RoleMapping.objects.count()), (0, 0))
        self.assertTrue(self.membership(User.objects.get(email=NINA["email"])).active)
        (event,) = self.assertEvents("sso:delete")
        self.assertEqual(event.document["details"], {"accounts": 1})

    def test_unsound_configurations_are_refused(self) -> None:
        bad: list[Configuration] = [
            self.oidc(client_id=""),
            self.oidc(client_secret="x" * 192),
            self.oidc(scopes=("profile",)),
            GitHubConfiguration("not/a/login", "id", "secret"),
            GitHubConfiguration("acme", "id", "secret", "http://github.corp.example"),
            SamlConfiguration("urn:idp", "http://idp.example/sso", ("x",)),
            SamlConfiguration("urn:idp", "https://idp.example/sso", ()),
        ]
        for configuration in bad:
            with self.subTest(configuration), self.assertRaises(Invalid):
                owner = self.actor(self.olivia, stepped_up=True)
                create_connection(actor=owner, org=self.acme, name="X", configuration=configuration)

    def test_nobody_becomes_owner_by_default_or_by_a_claim(self) -> None:
        owner = self.actor(self.olivia, stepped_up=True)
        with self.assertRaisesMessage(Invalid, "nobody owner"):
            map_role(actor=owner, connection=self.connection, claim="groups", value="boss", role="owner")
        with self.assertRaisesMessage(Invalid, "nobody owner"):
            set_rules(
                actor=owner, connection=self.connection, default_role="owner", trust_unmarked_email=False, enabled=True
            )
        for row in (
            lambda: self.map("boss", "owner"),
            lambda: Connection.objects.update(default_role="owner"),
        ):
            with self.assertRaises(IntegrityError), transaction.atomic():
                row()

    def test_while_single_sign_on_is_enforced_the_last_way_in_stays(self) -> None:
        Organization.objects.filter(pk=self.acme.pk).update(sso_enforced=True)
        owner, domain = self.actor(self.olivia, stepped_up=True), Domain.objects.get()
        acts: list[Callable[[], object]] = [
            lambda: delete_connection(actor=owner, connection=self.connection),
            lambda: set_rules(
                actor=owner, connection=self.connection, default_role="", trust_unmarked_email=False, enabled=False
            ),
            lambda: drop_domain(actor=owner, domain=domain),
        ]
        for act in acts:
            with self.assertRaises(Conflict) as refused:
                act()
            self.assertEqual(refused.exception.rule, "sso-is-enforced")
        self.assertEvents("sso:delete:error", "sso:change:error", "domain:drop:error")


class RightTests(SsoTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.team = Team.objects.create(org=self.acme, slug="core", name="Core")
        self.mapping = self.map("staff", "viewer")
        self.domain = Domain.objects.get()

    def acts(self, user: User, *, stepped_up: bool = True) -> list[Callable[[], object]]:
        actor, link = self.actor(user, stepped_up=stepped_up), self.connection
        return [
            lambda: create_connection(actor=actor, org=self.acme, name="X", configuration=self.oidc()),
            lambda: configure_connection(actor=actor, connection=link, name="X", configuration=self.oidc()),
            lambda: set_rules(actor=actor, connection=link, default_role="", trust_unmarked_email=False, enabled=False),
            lambda: map_role(actor=actor, connection=link, claim="c", value="v", role="viewer"),
            lambda: map_team(actor=actor, connection=link, claim="c", value="v", team=self.team),
            lambda: unmap(actor=actor, mapping=self.mapping),
            lambda: drop_domain(actor=actor, domain=self.domain),
            lambda: delete_connection(actor=actor, connection=link),
            lambda: claim_domain(actor=actor, org=self.acme, name="new.example"),
            lambda: prove_domain(actor=actor, domain=self.domain),
        ]

    def test_only_owners_change_how_people_sign_in(self) -> None:
        """An admin could otherwise sign in as an owner, by a provider of their own."""
        for user in (self.adam, self.dev, self.vera):
            for act in self.acts(user):
                with self.assertRaises(NotAllowed):
                    act()
        self.assertEqual(len(self.events()), 30)

    def test_another_organizations_owner_finds_nothing(self) -> None:
        for act in self.acts(self.mallory):
            with self.assertRaises(NotFound):
                act()

    def test_an_owner_needs_a_step_up_for_what_opens_or_closes_a_door(self) -> None:
        for act in self.acts(self.olivia, stepped_up=False)[:8]:
            with self.assertRaises(NotAllowed) as refused:
                act()
            self.assertEqual(refused.exception.rule, "needs-step-up")

    def test_a_team_that_reads_protected_values_is_mapped_by_who_may_grant_them(self) -> None:
        Grant.objects.create(
            org=self.acme, project=self.shop, environment=self.production, team=self.team, verbs=["read"]
        )
        made = map_team(
            actor=self.actor(self.olivia, stepped_up=True),
            connection=self.connection,
            claim="groups",
            value="core",
            team=self.team,
        )
        self.assertEqual(made.team, self.team)

    def test_a_mapping_is_made_once_and_taken_away(self) -> None:
        owner = self.actor(self.olivia, stepped_up=True)
        made = map_role(actor=owner, connection=self.connection, claim="groups", value="leads", role="admin")
        with self.assertRaises(Conflict):
            map_role(actor=owner, connection=self.connection, claim="groups", value="leads", role="viewer")
        unmap(actor=owner, mapping=made)
        with self.assertRaises(NotFound):
            unmap(actor=owner, mapping=RoleMapping(pk=made.pk, org=self.acme, connection=self.connection))
        events = self.assertEvents("sso:map", "sso:map:error", "sso:unmap")
        self.assertEqual(events[0].document["details"], {"claim": "groups", "value": "leads", "role": "admin"})

    def test_a_team_of_another_organization_is_not_found(self) -> None:
        theirs = Team.objects.create(org=self.evil_corp, slug="core", name="Core")
        with self.assertRaises(NotFound):
            map_team(
                actor=self.actor(self.olivia, stepped_up=True),
                connection=self.connection,
                claim="c",
                value="v",
                team=theirs,
            )


class DomainTests(SsoTestCase):
    def test_a_record_proves_a_domain(self) -> None:
        owner, records = self.actor(self.olivia), {}  # type: ignore[var-annotated]
        domain = claim_domain(actor=owner, org=self.acme, name=" New.Example. ")
        self.assertEqual(domain.name, "new.example")
        with name_server(records) as address, override_settings(KEYVAULT_DNS_SERVERS=[address]):
            with self.assertRaises(Conflict) as refused:
                prove_domain(actor=owner, domain=domain)
            self.assertEqual(refused.exception.rule, "record-not-found")
            records[record_name(domain)] = ["keyvault-domain=another", expected_record(domain)]
            proven = prove_domain(actor=owner, domain=domain)
        self.assertEqual((proven.proof, proven.proven_at is not None), ("dns", True))
        self.assertEvents("domain:claim", "domain:prove:error", "domain:prove")

    def test_two_organizations_may_claim_a_domain_and_one_proves_it(self) -> None:
        theirs = claim_domain(actor=self.actor(self.mallory), org=self.evil_corp, name="acme.example")
        records = {record_name(theirs): [expected_record(theirs)]}
        with (
            name_server(records) as address,
            override_settings(KEYVAULT_DNS_SERVERS=[address]),
            self.assertRaises(Conflict) as refused,
        ):
            prove_domain(actor=self.actor(self.mallory), domain=theirs)
        self.assertEqual(refused.exception.rule, "domain-taken")
        self.assertFalse(Domain.objects.proven().filter(org=self.evil_corp).exists())

    def test_a_claim_alone_leads_nobody_anywhere(self) -> None:
        claim_domain(actor=self.actor(self.olivia), org=self.acme, name="gmail.example")
        self.assertEqual(browser().post("/sign-in/sso", {"email": "a@gmail.example"}).status_code, 422)

    def test_what_is_no_domain_is_refused(self) -> None:
        for name in (
            "",
            "localhost",
            "com",
            "a@b.example",
            "-a.example",
            "a..example",
            "x" * 300 + ".example",
            "a b.c",
        ):
            with self.subTest(name), self.assertRaises(Invalid):
                claim_domain(actor=self.actor(self.olivia), org=self.acme, name=name)

    def test_an_operators_word_does_as_well(self) -> None:
        from keyvault.actor import system

        domain = claim_domain(actor=self.actor(self.olivia), org=self.acme, name="inside.example")
        self.forget_events()
        self.assertEqual(approve_domain(actor=system("operator"), domain=domain).proof, "operator")
        (event,) = self.assertEvents("domain:prove")
        self.assertEqual(event.document["details"], {"proof": "operator"})
        with self.assertRaises(Conflict):
            approve_domain(actor=system("operator"), domain=domain)
