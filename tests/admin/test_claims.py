"""Platform roles by the claims of the instance's own provider: at every sign-in, and still with a second factor."""

from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from accounts.models import User
from keyvault.actor import PlatformRole
from keyvault.flows.operators.claims import check_operator_roles, operator_roles
from tests.admin.scene import PEOPLE, by, make_operator
from tests.sso.scene import NINA, SsoTestCase
from tests.web.scene import browser

ROLES = ["groups=kv-admins:super_admin", "groups=support:user_admin", "*:auditor", "*:super_admin"]
SUPER, USERS, AUDITOR = PlatformRole.SUPER_ADMIN, PlatformRole.USER_ADMIN, PlatformRole.AUDITOR


class ClaimsTests(SsoTestCase):
    def roles(self, *groups: str) -> frozenset[PlatformRole]:
        self.client = browser()
        with override_settings(KEYVAULT_OPERATOR_CONNECTION=self.connection.key, KEYVAULT_OPERATOR_ROLES=ROLES):
            self.sign_in({**NINA, "groups": list(groups)}, self.client)
        return by(User.objects.get(email="nina@acme.example")).platform_roles

    def test_each_sign_in_sets_the_union_of_what_is_mapped(self) -> None:
        make_operator(SUPER)
        self.assertEqual(self.roles("support", "kv-admins"), {SUPER, USERS, AUDITOR})
        self.assertEventsInclude("operator:roles")
        self.assertEqual(self.roles("staff"), {AUDITOR})

    def test_a_super_admin_by_claim_still_needs_a_second_factor(self) -> None:
        self.roles("kv-admins")
        self.assertIn("_auth_user_id", self.client.session)
        answer = self.client.get(PEOPLE, follow=True)
        self.assertEqual(answer.redirect_chain[-1][0].partition("?")[0], "/account/step-up")

    def test_another_connection_and_an_installation_without_one_make_nobody_an_operator(self) -> None:
        for key in ("", "k" * 24):
            with override_settings(KEYVAULT_OPERATOR_CONNECTION=key, KEYVAULT_OPERATOR_ROLES=ROLES):
                self.sign_in({**NINA, "groups": ["kv-admins"]}, browser())
        self.assertEqual(by(User.objects.get(email="nina@acme.example")).platform_roles, frozenset())
        self.assertNoEvent("operator:roles")

    def test_a_mapping_that_says_nothing_stops_the_start(self) -> None:
        for entry in ("groups=admins", "groups:auditor", "=x:auditor", "groups=x:king", "auditor", ":auditor"):
            with self.subTest(entry), override_settings(KEYVAULT_OPERATOR_ROLES=[entry]):
                with self.assertRaises(ImproperlyConfigured):
                    operator_roles()
                self.assertEqual([error.id for error in check_operator_roles(None)], ["keyvault.E101"])
        self.assertEqual(check_operator_roles(None), [])
