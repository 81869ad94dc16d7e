"""The matrix on real pages: each role opens its pages and acts, and no other; refusals are events."""

from accounts.models import User
from accounts.platform import PlatformAct, permits
from keyvault.actor import PlatformRole
from keyvault.flows.feedback.services import send_feedback
from orgs.services.domains import claim_domain
from tests.admin.scene import (
    BUDGETS,
    CONNECTIONS,
    DELIVERIES,
    DOMAINS,
    EVENTS,
    FEEDBACK,
    JOBS,
    MCP,
    MODELS,
    ORGANIZATIONS,
    PEOPLE,
    PROVIDERS,
    PUBLIC_TEXTS,
    SWEEPS,
    TOKENS,
    USAGE,
    desk,
    make_operator,
)
from tests.tokens.scene import TokenTestCase

LISTS = {
    PlatformAct.SEE_PEOPLE: PEOPLE,
    PlatformAct.SEE_TOKENS: TOKENS,
    PlatformAct.SEE_ORGANIZATIONS: ORGANIZATIONS,
    PlatformAct.SEE_CONNECTIONS: CONNECTIONS,
    PlatformAct.SEE_DOMAINS: DOMAINS,
    PlatformAct.SEE_EVENTS: EVENTS,
    PlatformAct.SEE_JOBS: JOBS,
    PlatformAct.SEE_DELIVERIES: DELIVERIES,
    PlatformAct.SEE_SWEEPS: SWEEPS,
    PlatformAct.SEE_PUBLIC_TEXTS: PUBLIC_TEXTS,
    PlatformAct.SEE_FEEDBACK: FEEDBACK,
    PlatformAct.SEE_PROVIDERS: PROVIDERS,
    PlatformAct.SEE_MODELS: MODELS,
    PlatformAct.SEE_MCP: MCP,
    PlatformAct.SEE_USAGE: USAGE,
    PlatformAct.SEE_BUDGETS: BUDGETS,
}


class MatrixOnPagesTests(TokenTestCase):
    def test_each_role_opens_its_lists_and_the_menu_offers_no_other(self) -> None:
        for role in PlatformRole:
            client = desk(self.operator(role))
            menu = client.get("/admin/")
            for act, address in LISTS.items():
                with self.subTest(role=role, act=act):
                    self.forget_events()
                    answer = client.get(address)
                    allowed = permits([role], act)
                    self.assertEqual(answer.status_code, 200 if allowed else 403)
                    self.assertEvents(act if allowed else f"{act}:denied")
                    self.assertEqual(f'href="{address}"' in menu.content.decode(), allowed)

    def test_each_role_opens_its_acts_and_details(self) -> None:
        token = self.personal(self.dev).token
        person = f"{PEOPLE}{self.vera.pk}/"
        domain = claim_domain(actor=self.actor(self.olivia), org=self.acme, name="acme.example")
        told = send_feedback(actor=self.actor(self.vera), text="It works")
        addresses = {
            f"{DOMAINS}{domain.pk}/": PlatformAct.SEE_DOMAINS,
            f"{DOMAINS}{domain.pk}/approval": PlatformAct.APPROVE_DOMAIN,
            person: PlatformAct.SEE_PEOPLE,
            f"{person}activity": PlatformAct.SEE_PEOPLE,
            f"{person}deactivation": PlatformAct.DEACTIVATE_PERSON,
            f"{person}platform-roles": PlatformAct.CHANGE_ROLES,
            f"{person}factor-reset": PlatformAct.RESET_FACTORS,
            f"{person}factor-reset-withdrawal": PlatformAct.RESET_FACTORS,
            f"{person}reactivation": PlatformAct.REACTIVATE_PERSON,
            f"{SWEEPS}dry-run/rotation": PlatformAct.TRY_SWEEP,
            f"{PUBLIC_TEXTS}privacy/edit": PlatformAct.EDIT_PUBLIC_TEXT,
            f"{FEEDBACK}{told.pk}/": PlatformAct.SEE_FEEDBACK,
            f"{FEEDBACK}{told.pk}/answered": PlatformAct.ANSWER_FEEDBACK,
            f"{TOKENS}{token.pk}/": PlatformAct.SEE_TOKENS,
            f"{TOKENS}{token.pk}/revocation": PlatformAct.REVOKE_TOKENS,
            f"{ORGANIZATIONS}{self.acme.pk}/": PlatformAct.SEE_ORGANIZATIONS,
        }
        for role in PlatformRole:
            client = desk(self.operator(role))
            for address, act in addresses.items():
                with self.subTest(role=role, address=address):
                    self.forget_events()
                    status = client.get(address).status_code
                    self.assertEqual(status, 200 if permits([role], act) else 403)
                    if status == 403:
                        self.assertEvents(f"{act}:denied")

    def test_a_post_is_refused_as_its_page_is(self) -> None:
        token = self.personal(self.dev).token
        client = desk(self.operator(PlatformRole.AUDITOR))
        posts = {
            f"{TOKENS}{token.pk}/revocation": {"cause": "because"},
            f"{PEOPLE}{self.vera.pk}/deactivation": {},
            f"{PEOPLE}{self.vera.pk}/platform-roles": {"roles": ["super_admin"]},
        }
        for address, form in posts.items():
            with self.subTest(address):
                self.assertEqual(client.post(address, form).status_code, 403)
        bulk = {"action": "revoke", "_selected_action": [str(token.pk)], "cause": "because"}
        client.post(TOKENS, bulk)
        self.assertEqual(self.now(token).state, "active")
        vera = User.objects.get(pk=self.vera.pk)
        self.assertEqual((vera.is_active, vera.is_staff), (True, False))

    def operator(self, role: PlatformRole) -> User:
        email = f"{role}@platform.example"
        return User.objects.filter(email=email).first() or make_operator(role, email=email)
