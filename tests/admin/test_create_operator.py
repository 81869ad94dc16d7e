"""``manage.py create_operator``: a person with a platform role and no second factor yet, made on the machine."""

import io
from unittest import mock

from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings

from accounts.models import User
from accounts.services.factors import has_factor
from keyvault.actor import PlatformRole
from keyvault.flows.sign_up import sign_up_is_open
from tests.admin.scene import by
from tests.cast import CastTestCase
from tests.web.scene import PASSWORD, browser, quickly

ROOT = "root@platform.example"


def create(*arguments: str, typed: str = f"{PASSWORD}\n") -> str:
    said = io.StringIO()
    with mock.patch("sys.stdin", io.StringIO(typed)):
        call_command("create_operator", *arguments, stdout=said)
    return said.getvalue()


@quickly
class CreateOperatorTests(CastTestCase):
    def test_a_new_person_gets_the_role_and_the_log_says_so(self) -> None:
        said = create("Root@Platform.example", "--name", "Root", "--role", "super_admin", "--role", "auditor")
        self.assertIn(ROOT, said)
        self.assertNotIn(PASSWORD, said)
        root = User.objects.get(email=ROOT)
        self.assertEqual((root.name, root.is_active, root.is_staff, root.is_superuser), ("Root", True, True, False))
        self.assertEqual(by(root).platform_roles, {PlatformRole.SUPER_ADMIN, PlatformRole.AUDITOR})
        self.assertTrue(EmailAddress.objects.get(user=root).verified)
        self.assertFalse(has_factor(root))
        for event in self.assertEvents("operator:create", "operator:roles"):
            self.assertEqual((event.actor_type, event.document["about"]["name"]), ("system", ROOT))
            self.assertNotIn(PASSWORD.encode(), bytes(event.entry))

    def test_the_first_sign_in_leads_to_the_second_factor_and_not_into_the_admin(self) -> None:
        create(ROOT)
        client = browser()
        client.post("/sign-in?next=/admin/", {"login": ROOT, "password": PASSWORD})
        self.assertIn("_auth_user_id", client.session)
        answer = client.get("/admin/", follow=True)
        self.assertEqual(answer.redirect_chain[-1][0], "/account/step-up?next=%2Fadmin%2F")
        self.assertContains(answer, "factor")

    def test_without_a_role_it_is_super_admin(self) -> None:
        create(ROOT)
        self.assertEqual(by(User.objects.get(email=ROOT)).platform_roles, {PlatformRole.SUPER_ADMIN})

    def test_somebody_who_has_an_account_keeps_how_they_sign_in(self) -> None:
        before = self.dev.password
        create("DEV@acme.example", "--role", "auditor", typed="")
        create("dev@acme.example", "--role", "user_admin", typed="")
        dev = User.objects.get(pk=self.dev.pk)
        self.assertEqual(dev.password, before)
        self.assertEqual(by(dev).platform_roles, {PlatformRole.AUDITOR, PlatformRole.USER_ADMIN})
        self.assertEvents("operator:roles", "operator:roles")

    def test_what_is_refused_makes_nobody(self) -> None:
        for arguments, typed in (
            ([ROOT], "short\n"),
            ([ROOT], "\n"),
            (["root"], f"{PASSWORD}\n"),
            ([ROOT, "--name", "R" * 121], f"{PASSWORD}\n"),
            ([ROOT, "--role", "king"], f"{PASSWORD}\n"),
        ):
            with self.subTest(arguments), self.assertRaises(CommandError):
                create(*arguments, typed=typed)
        User.objects.filter(pk=self.dev.pk).update(is_active=False)
        with self.assertRaises(CommandError):
            create("dev@acme.example")
        self.assertFalse(User.objects.filter(is_staff=True).exists())
        self.assertNoEvent()


@quickly
@override_settings(KEYVAULT_SIGNUP="first")
class FirstPersonTests(TestCase):
    def test_an_operator_is_not_the_first_person_who_may_sign_up(self) -> None:
        create(ROOT)
        self.assertTrue(sign_up_is_open())
        User.objects.create_user(email="olivia@acme.example")
        self.assertFalse(sign_up_is_open())
