"""The admin's door: the one sign-in, a second factor of the last hour, a platform role, and no other way in."""

from typing import Any

from django.contrib import admin
from django.test import Client, override_settings
from django.urls import URLResolver, get_resolver

from accounts.models import User
from accounts.services.platform_roles import set_platform_roles
from keyvault.actor import PlatformRole, system
from tests.admin.scene import CONNECTIONS, DOMAINS, EVENTS, JOBS, ORGANIZATIONS, PEOPLE, TOKENS, desk, make_operator
from tests.cast import CastTestCase
from tests.web.scene import PASSWORD, browser, quickly

LISTS = ("/admin/", PEOPLE, TOKENS, ORGANIZATIONS, CONNECTIONS, DOMAINS, EVENTS, JOBS)


class DoorTests(CastTestCase):
    root: User

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.root = make_operator(PlatformRole.SUPER_ADMIN)

    def assertLedTo(self, client: Client, address: str, page: str) -> None:
        """Through the admin's own sign-in address, which shows nothing."""
        first = client.get(address)
        self.assertEqual((first.status_code, first.headers["Location"]), (302, f"/admin/login/?next={address}"))
        second = client.get(first.headers["Location"])
        self.assertEqual((second.status_code, second.headers["Location"]), (302, f"{page}?next={_quoted(address)}"))

    def test_nobody_signed_in_is_led_to_the_one_sign_in_and_back(self) -> None:
        for address in (*LISTS, f"{PEOPLE}{self.dev.pk}/", "/admin/nowhere/"):
            with self.subTest(address):
                self.assertLedTo(browser(), address, "/sign-in")

    def test_without_a_second_factor_the_way_leads_to_one(self) -> None:
        client = desk(self.root, seconds_ago=None)
        for address in LISTS:
            with self.subTest(address):
                self.assertLedTo(client, address, "/account/step-up")

    def test_after_an_hour_the_second_factor_is_asked_for_again(self) -> None:
        self.assertEqual(desk(self.root, seconds_ago=3590).get(PEOPLE).status_code, 200)
        self.assertLedTo(desk(self.root, seconds_ago=3601), PEOPLE, "/account/step-up")
        self.assertLedTo(desk(self.root, seconds_ago=-60), PEOPLE, "/account/step-up")

    def test_a_verified_owner_is_no_operator_and_the_log_says_who_tried(self) -> None:
        client = desk(self.olivia)
        self.forget_events()
        self.assertEqual(client.get(PEOPLE, follow=True).status_code, 403)
        (event,) = self.assertEvents("operator:enter:denied")
        self.assertEqual((event.actor_id, event.reason), (self.olivia.pk, "no-platform-role"))

    def test_staff_or_superuser_without_a_role_is_no_operator(self) -> None:
        self.vera.is_staff = self.vera.is_superuser = True
        self.vera.save()
        self.assertEqual(desk(self.vera).get("/admin/", follow=True).status_code, 403)

    def test_a_role_that_is_taken_away_ends_at_the_next_request(self) -> None:
        clerk = make_operator(PlatformRole.AUDITOR, email="clerk@platform.example")
        client = desk(clerk)
        self.assertEqual(client.get(EVENTS).status_code, 200)
        set_platform_roles(actor=system("test"), user=clerk, roles=[])
        self.assertEqual(client.get(EVENTS, follow=True).status_code, 403)

    @override_settings(KEYVAULT_ADMIN_NETWORKS=["192.0.2.0/24"])
    def test_from_a_network_that_is_not_let_in_there_is_no_admin(self) -> None:
        client = desk(self.root)
        self.forget_events()
        self.assertContains(client.get(PEOPLE, follow=True), "does not answer to this address", status_code=403)
        (event,) = self.assertEvents("operator:enter:denied")
        self.assertEqual(event.reason, "network")
        client.defaults["REMOTE_ADDR"] = "192.0.2.7"
        self.assertEqual(client.get(PEOPLE).status_code, 200)

    @quickly
    def test_a_password_posted_to_the_admin_s_own_sign_in_does_nothing(self) -> None:
        self.root.set_password(PASSWORD)
        self.root.save()
        client = browser()
        self.forget_events()
        typed = {"username": self.root.email, "email": self.root.email, "login": self.root.email, "password": PASSWORD}
        answer = client.post("/admin/login/", {**typed, "next": "/admin/"})
        self.assertEqual((answer.status_code, answer.headers["Location"]), (302, "/sign-in?next=%2Fadmin%2F"))
        self.assertNotIn("_auth_user_id", client.session)
        self.assertNoEvent()

    def test_the_way_back_leads_nowhere_but_into_the_admin(self) -> None:
        client = desk(self.root)
        elsewhere = ("https://evil.example/admin/", "//evil.example/admin/", "/\\evil.example", "/account")
        for wanted in (*elsewhere, "", "/admin/login/", "/administrators"):
            with self.subTest(wanted):
                self.assertEqual(client.get("/admin/login/", {"next": wanted}).headers["Location"], "/admin/")
        self.assertEqual(client.get("/admin/login/", {"next": PEOPLE}).headers["Location"], PEOPLE)

    def test_the_front_door_leads_operators_into_the_admin_unless_they_are_members_too(self) -> None:
        self.assertEqual(browser(self.root).get("/").headers["Location"], "/admin/")
        set_platform_roles(actor=system("test"), user=self.dev, roles=[PlatformRole.AUDITOR])
        self.assertEqual(browser(self.dev).get("/").headers["Location"], "/o/acme/")
        self.assertEqual(browser(self.vera).get("/").headers["Location"], "/o/acme/")

    def test_every_address_but_the_sign_in_is_behind_the_door(self) -> None:
        for address in addresses():
            for method in ("get", "post", "put", "delete"):
                with self.subTest(address, method=method):
                    answer = getattr(browser(), method)(address)
                    self.assertEqual(answer.status_code, 302)
                    self.assertRegex(answer.headers["Location"], "^/(admin/login/|admin/$)")

    def test_pages_of_the_stock_admin_that_change_or_list_by_name_are_not_there(self) -> None:
        client = desk(self.root)
        for address in (
            "/admin/password_change/",
            "/admin/autocomplete/",
            f"/admin/r/1/{self.dev.pk}/",
            "/admin/auth/group/",
            "/admin/account/emailaddress/",
            "/admin/socialaccount/socialtoken/",
            "/admin/otp_totp/totpdevice/",
            f"{PEOPLE}add/",
            f"{PEOPLE}{self.dev.pk}/password/",
            f"{PEOPLE}{self.dev.pk}/delete/",
            f"{PEOPLE}{self.dev.pk}/history/",
            f"{PEOPLE}{self.dev.pk}/change/",
        ):
            with self.subTest(address):
                self.assertEqual(client.get(address).status_code, 404)
                self.assertEqual(client.post(address, {"_save": "1"}).status_code, 404)

    def test_only_pages_that_are_named_are_registered(self) -> None:
        labels = {model._meta.label for model in admin.site._registry}
        self.assertEqual(
            labels,
            {
                "gateway.CatalogueModel",
                "gateway.Limit",
                "gateway.McpServer",
                "gateway.Upstream",
                "gateway.Usage",
                "accounts.User",
                "tokens.AccessToken",
                "orgs.Organization",
                "orgs.Connection",
                "orgs.Domain",
                "alerts.Delivery",
                "audit.Event",
                "audit.Verification",
                "feedback.Feedback",
                "jobs.Job",
                "public_texts.PublicText",
                "sweeps.SweepRun",
            },
        )

    def test_a_form_of_another_site_is_refused(self) -> None:
        client = desk(self.root, enforce_csrf_checks=True)
        for act in ("deactivation", "platform-roles"):
            self.assertEqual(client.post(f"{PEOPLE}{self.dev.pk}/{act}", {"roles": "auditor"}).status_code, 403)
        self.assertTrue(User.objects.get(pk=self.dev.pk).is_active)


def addresses() -> list[str]:
    """One of each pattern of the admin."""
    (resolver,) = (each for each in get_resolver().url_patterns if str(each.pattern) == "admin/")
    assert isinstance(resolver, URLResolver)
    found = []
    for pattern in resolver.url_patterns:
        inner: list[Any] = getattr(pattern, "url_patterns", [None])
        for each in inner:
            route = f"{pattern.pattern}{each.pattern if each else ''}"
            found.append("/admin/" + route.replace("<uuid:object_id>", "01a21046-4947-7008-afc3-8d472f3d4745"))
    return [each for each in found if "(?P" not in each and not each.endswith("login/")]


def _quoted(address: str) -> str:
    return address.replace("/", "%2F")
