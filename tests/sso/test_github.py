"""GitHub: members of the organization come in, and its teams are claims."""

from typing import Any

from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client

from accounts.models import User
from orgs.models import Connection, Membership
from orgs.sign_on.configurations import GitHubConfiguration
from tests.sso.github_far_side import GitHubFarSide, github_far_side, state_of
from tests.sso.scene import SsoTestCase
from tests.web.scene import browser


class GitHubTests(SsoTestCase):
    github: GitHubFarSide

    def setUp(self) -> None:
        super().setUp()
        Connection.objects.all().delete()
        self.github = self.enterContext(github_far_side())
        configuration = GitHubConfiguration("acme-inc", "Iv1.abc", "hush", self.github.url)
        self.connection = self.connect(self.acme, self.olivia, configuration, default_role="")
        self.map("acme-inc/platform", "developer", claim="team")
        self.forget_events()

    def arrive(self, client: Client) -> Any:
        asked = state_of(self.begin(client))
        self.assertEqual(set(asked["scope"].split()), {"user:email", "read:org"})
        self.assertEqual(asked["redirect_uri"], f"http://testserver/sso/{self.connection.key}/callback")
        return client.get(f"/sso/{self.connection.key}/callback", {"code": "c0de", "state": asked["state"]})

    def test_a_member_arrives_with_the_role_of_a_team(self) -> None:
        client = browser()
        self.assertRedirects(self.arrive(client), "/", fetch_redirect_response=False)
        nina = User.objects.get(email="nina@acme.example")
        self.assertSignedIn(client, nina)
        self.assertEqual(Membership.objects.get(user=nina).role, "developer")
        self.assertEqual((SocialAccount.objects.get().uid, SocialToken.objects.count()), ("4711", 0))
        self.assertEqual({header for _, header in self.github.asked}, {"Bearer gho_x"})
        self.assertIn("code_verifier", self.github.redeemed[0])

    def test_whoever_is_no_active_member_is_refused(self) -> None:
        for answer in (None, {"state": "pending", "role": "member"}):
            self.github.answers["/user/memberships/orgs/acme-inc"] = answer
            client = browser()
            self.assertEqual(self.arrive(client).status_code, 401)
            self.assertNotSignedIn(client)

    def test_a_team_of_the_same_name_elsewhere_counts_nothing(self) -> None:
        teams = [{"slug": "platform", "organization": {"login": "evil-corp"}}]
        self.github.answers["/user/teams?per_page=100&page=1"] = teams
        client = browser()
        self.assertContains(self.arrive(client), "None of your groups", status_code=403)
        self.assertNotSignedIn(client)

    def test_an_address_in_the_domain_must_be_verified(self) -> None:
        self.github.answers["/user/emails"][1]["verified"] = False
        client = browser()
        self.assertEqual(self.arrive(client).status_code, 403)
        self.assertNotSignedIn(client)

    def test_an_answer_that_cannot_be_read_is_githubs_failure(self) -> None:
        broken: Any
        for broken in ({"login": "x"}, [], {"id": None, "login": "x"}):
            self.github.answers["/user"] = broken
            client = browser()
            self.assertEqual(self.arrive(client).status_code, 401)
            self.assertNotSignedIn(client)
