"""Single sign-on by OpenID Connect: who arrives is let in, bound to the organization, with the role of the claims."""

from allauth.socialaccount.models import SocialAccount

from accounts.models import User
from orgs.models import Membership, Source
from tests.sso.scene import NINA, SsoTestCase
from tests.web.scene import browser


class ArrivalTests(SsoTestCase):
    def test_somebody_new_becomes_a_member_with_the_default_role(self) -> None:
        client = browser()
        self.assertRedirects(self.sign_in(NINA, client), "/", fetch_redirect_response=False)
        nina = User.objects.get(email="nina@acme.example")
        self.assertSignedIn(client, nina)
        self.assertEqual((nina.name, nina.has_usable_password()), ("Nina", False))
        member = Membership.objects.get(user=nina)
        self.assertEqual((member.org, member.role, member.source), (self.acme, "viewer", Source.IDP))
        self.assertEqual(client.get("/account").status_code, 200)
        self.assertEvents("person:sign-up", "sso:tie", "member:add", "person:sign-in")

    def test_what_the_provider_said_is_stored_nowhere(self) -> None:
        self.sign_in(NINA)
        self.assertEqual(SocialAccount.objects.get().extra_data, {})

    def test_the_second_time_it_is_the_same_person(self) -> None:
        self.sign_in(NINA)
        self.forget_events()
        client = browser()
        self.sign_in(NINA, client)
        self.assertSignedIn(client, User.objects.get(email="nina@acme.example"))
        self.assertEvents("person:sign-in")
        self.assertEqual((SocialAccount.objects.count(), Membership.objects.filter(source=Source.IDP).count()), (1, 1))

    def test_somebody_who_is_here_already_keeps_account_and_password(self) -> None:
        self.has_proven_address(self.dev)
        self.dev.set_password("correct horse battery staple")
        self.dev.save()
        client = browser()
        self.sign_in({"sub": "dev", "email": "Dev@Acme.example", "email_verified": True}, client)
        self.assertSignedIn(client, self.dev)
        self.dev.refresh_from_db()
        self.assertTrue(self.dev.has_usable_password())
        self.assertEvents("sso:tie", "person:sign-in")
        self.assertEqual(self.membership(self.dev).role, "developer")

    def test_a_locked_password_does_not_keep_its_owner_out(self) -> None:
        """Knowing an address is not enough: single sign-on still opens the door."""
        self.has_proven_address(self.dev)
        for _ in range(6):
            locked = browser().post("/sign-in", {"login": self.dev.email, "password": "wrong horse"})
        self.assertEqual(locked.status_code, 429)
        client = browser()
        self.sign_in({"sub": "dev", "email": self.dev.email, "email_verified": True}, client)
        self.assertSignedIn(client, self.dev)

    def test_the_way_on_is_kept_for_pages_of_ours_only(self) -> None:
        self.assertRedirects(self.sign_in(NINA, next="/account"), "/account", fetch_redirect_response=False)
        for elsewhere in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
            with self.subTest(elsewhere):
                self.assertRedirects(self.sign_in(NINA, next=elsewhere), "/", fetch_redirect_response=False)
