"""SSO connections and mail domains: what they are, never their keys; an operator's approval in place of DNS."""

from keyvault.actor import PlatformRole
from keyvault.errors import Conflict, NotAllowed
from orgs.models import Connection, Domain, RoleMapping
from orgs.services.domains import approve_domain, claim_domain
from tests.admin.scene import CONNECTIONS, DOMAINS, by, desk, make_operator
from tests.cast import CastTestCase

CANARY = "canary-client-secret"


class SignOnTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = make_operator(PlatformRole.USER_ADMIN)
        self.desk = desk(self.root)
        self.connection = Connection(org=self.acme, kind="oidc", key="k" * 24, name="Acme ID", enabled=True)
        self.connection.configuration = f'{{"client_secret": "{CANARY}"}}'
        self.connection.save()
        RoleMapping.objects.create(
            org=self.acme, connection=self.connection, claim="groups", value="kv-devs", role="developer"
        )
        self.domain = claim_domain(actor=self.actor(self.olivia), org=self.acme, name="acme.example")
        self.forget_events()

    def test_a_connection_shows_its_mappings_and_never_its_keys(self) -> None:
        self.assertContains(self.desk.get(CONNECTIONS, {"status": "on"}), "Acme ID")
        self.assertNotContains(self.desk.get(CONNECTIONS, {"status": "off"}), "Acme ID")
        answer = self.desk.get(f"{CONNECTIONS}{self.connection.pk}/")
        for text in ("OpenID Connect", "kv-devs", "developer", "Acme"):
            self.assertContains(answer, text)
        self.assertNotContains(answer, CANARY)
        self.assertEqual(self.desk.get(CONNECTIONS, {"configuration__startswith": "a"}).status_code, 400)
        self.assertEventsInclude("operator:connections", "operator:connections")

    def test_an_operator_approves_a_domain_in_the_organization_s_log(self) -> None:
        address = f"{DOMAINS}{self.domain.pk}/approval"
        self.assertNotContains(self.desk.get(f"{DOMAINS}{self.domain.pk}/"), self.domain.challenge)
        self.assertContains(self.desk.get(address), "Make sure that the domain is theirs")
        self.forget_events()
        self.assertEqual(self.desk.post(address).status_code, 302)
        event = self.assertEventsInclude("domain:prove")[-1]
        self.assertEqual((event.org_id, event.actor_id), (self.acme.pk, self.root.pk))
        self.assertEqual(event.document["details"], {"proof": "operator"})
        self.assertEqual(Domain.objects.get(pk=self.domain.pk).proof, "operator")
        self.assertContains(self.desk.post(address), "is proven already", status_code=409)

    def test_nobody_else_approves_an_owner_not_even_their_own(self) -> None:
        auditor = make_operator(PlatformRole.AUDITOR, email="auditor@platform.example")
        self.forget_events()
        for actor in (self.actor(self.olivia), by(auditor), by(self.olivia)):
            with self.assertRaises(NotAllowed):
                approve_domain(actor=actor, domain=self.domain)
            self.assertEvents("domain:prove:denied")
        self.assertIsNone(Domain.objects.get(pk=self.domain.pk).proven_at)

    def test_of_two_organizations_one_gets_the_domain(self) -> None:
        theirs = claim_domain(actor=self.actor(self.mallory), org=self.evil_corp, name="acme.example")
        approve_domain(actor=by(self.root), domain=self.domain)
        self.forget_events()
        with self.assertRaises(Conflict):
            approve_domain(actor=by(self.root), domain=theirs)
        self.assertEvents("domain:prove:error")
