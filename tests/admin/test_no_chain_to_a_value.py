"""No chain of admin acts ends in a reveal: each link of one is tried, also by raw posts to addresses of the admin.

The attacker is a super admin with every platform role, who has shown a second factor just now.
"""

from collections.abc import Iterator

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core import mail

from accounts.models import TotpDevice, User
from keyvault.actor import PlatformRole, Role
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from orgs.models import Membership
from tests.admin.scene import CONNECTIONS, DOMAINS, EVENTS, JOBS, ORGANIZATIONS, PEOPLE, TOKENS, desk, make_operator
from tests.admin.test_door import addresses
from tests.tokens.scene import TokenTestCase
from tests.web.scene import PASSWORD, quickly
from tokens.models import AccessToken

CANARY = "canary-4b1d-value"


class NoChainTests(TokenTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = make_operator(*PlatformRole)
        self.olivia.set_password(PASSWORD)
        self.olivia.save()
        EmailAddress.objects.create(user=self.olivia, email=self.olivia.email, verified=True, primary=True)
        self.phone = TotpDevice(user=self.olivia, name="Phone", confirmed=True)
        self.phone.key = "1" * 40
        self.phone.save()
        self.desk = desk(self.root)
        self.person = f"{PEOPLE}{self.olivia.pk}/"

    def test_no_address_of_the_admin_changes_an_email(self) -> None:
        for address in self.everywhere():
            self.desk.post(address, {"email": "root@platform.example", "email_0": "x@evil.example", "_save": "Save"})
        self.assertEqual(self.now_of(self.olivia).email, "olivia@acme.example")
        confirmed = EmailAddress.objects.filter(user=self.olivia).values_list("email", flat=True)
        self.assertEqual(list(confirmed), ["olivia@acme.example"])

    @quickly
    def test_no_address_of_the_admin_sets_or_resets_a_password(self) -> None:
        names = ("password", "password1", "password2", "new_password1", "new_password2")
        form = {**dict.fromkeys(names, "N3w-and-long-enough"), "usable_password": "true"}
        more = (f"{self.person}password/", f"{self.person}password", "/admin/password_change/")
        for address in (*self.everywhere(), *more):
            self.desk.post(address, form)
        self.assertTrue(self.now_of(self.olivia).check_password(PASSWORD))
        self.assertEqual(mail.outbox, [])

    def test_no_address_of_the_admin_resets_a_second_factor(self) -> None:
        form = {"device": str(self.phone.pk), "reset": "yes", "confirmed": "", "action": "delete_selected"}
        more = (f"{self.person}factors", f"{self.person}factor-reset", "/admin/accounts/totpdevice/")
        for address in (*self.everywhere(), *more):
            self.desk.post(address, form)
            self.desk.delete(address)
        self.assertTrue(TotpDevice.objects.filter(pk=self.phone.pk, confirmed=True).exists())

    def test_no_address_of_the_admin_makes_a_member_or_invites_the_operator(self) -> None:
        before = set(Membership.objects.values_list("pk", "role"))
        form = {
            "user": str(self.root.pk),
            "person": str(self.root.pk),
            "email": self.root.email,
            "org": str(self.acme.pk),
            "role": "owner",
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "0",
            "memberships-0-user": str(self.root.pk),
            "memberships-0-role": "owner",
            "_save": "Save",
        }
        more = ("/admin/orgs/membership/add/", "/admin/orgs/invitation/add/", f"{ORGANIZATIONS}{self.acme.pk}/members")
        for address in (*self.everywhere(), *more):
            self.desk.post(address, form)
        self.assertEqual(set(Membership.objects.values_list("pk", "role")), before)
        self.assertEqual(mail.outbox, [])

    def test_no_edit_of_groups_raises_the_operator_or_anybody_in_an_organization(self) -> None:
        clerk = make_operator(PlatformRole.USER_ADMIN, email="clerk@platform.example")
        browser, group = desk(clerk), Group.objects.get(name="super_admin")
        form = {"groups": str(group.pk), "roles": ["super_admin"], "is_superuser": "on", "is_staff": "on"}
        own, groups = f"{PEOPLE}{clerk.pk}/", "/admin/auth/group/"
        for address in (*self.everywhere(), own, f"{own}platform-roles", groups, f"{groups}{group.pk}/change/"):
            browser.post(address, form)
        raised = User.objects.exclude(pk=self.root.pk).filter(groups=group) | User.objects.filter(is_superuser=True)
        self.assertEqual(list(raised), [])
        self.assertEqual(self.membership(self.vera).role, Role.VIEWER)

    def test_an_operator_who_takes_every_act_on_everybody_reads_no_value(self) -> None:
        """Whatever can be posted is posted; then each page is read, and each way to the value tried."""
        create_secret(
            actor=self.actor(self.olivia), environment=self.development, name="STRIPE", value=Value.text(CANARY)
        )
        issued = self.personal(self.olivia)
        team = self.of_team()
        read = b""
        for address in self.everywhere():
            read += self.desk.get(address, follow=True).content
            read += self.desk.post(address, {"cause": "because", "roles": ["auditor"]}, follow=True).content
        for value in (CANARY, issued.value, team.value):
            self.assertNotIn(str(value).encode(), read)
        for address, status in (("/o/acme/tokens", 404), ("/o/acme/tokens/new", 404), ("/account", 403)):
            self.assertEqual(self.desk.get(address).status_code, status)
        copied = self.desk.post(f"/o/acme/tokens/{team.token.pk}/copy")
        self.assertNotIn(str(team.value).encode(), copied.content)
        self.assertFalse(AccessToken.objects.filter(issued_by=self.root.email).exists())

    def test_an_account_that_is_opened_again_opens_nothing(self) -> None:
        issued = self.personal(self.dev)
        for act in ("deactivation", "reactivation"):
            self.assertEqual(self.desk.post(f"{PEOPLE}{self.dev.pk}/{act}").status_code, 302)
        self.assertTrue(self.now_of(self.dev).is_active)
        self.assertFalse(Membership.objects.active().filter(user=self.dev).exists())
        self.assertEqual(self.refused(issued).status, 401)

    def everywhere(self) -> Iterator[str]:
        """Every address that the admin has, about everything that is there."""
        yield from addresses()
        token = AccessToken.objects.order_by("pk").first()
        for base, things in (
            (PEOPLE, [self.olivia.pk, self.root.pk]),
            (TOKENS, [token.pk] if token else []),
            (ORGANIZATIONS, [self.acme.pk]),
            (CONNECTIONS, []),
            (DOMAINS, []),
            (EVENTS, []),
            (JOBS, []),
        ):
            yield base
            for thing in things:
                yield from (f"{base}{thing}/{act}" for act in ("", "add/", "change/", "delete/", "history/", *ACTS))

    def now_of(self, user: User) -> User:
        return User.objects.get(pk=user.pk)


ACTS = ("activity", "platform-roles", "factor-reset", "revocation", "reactivation")
"""Without the end of an account: it would end the attempt as well."""
