"""Each page of the admin: what it shows, what it never shows, and that it asks the database the same each time."""

from keyvault.actor import PlatformRole
from tests.admin.scene import EVENTS, JOBS, ORGANIZATIONS, PEOPLE, TOKENS, desk, make_operator
from tests.tokens.scene import TokenTestCase


class PagesTests(TokenTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.root = make_operator(PlatformRole.SUPER_ADMIN)
        self.client = desk(self.root)

    def test_lists(self) -> None:
        issued = self.personal(self.dev)
        for address in ("/admin/", PEOPLE, TOKENS, ORGANIZATIONS, EVENTS, JOBS):
            with self.subTest(address):
                answer = self.client.get(address)
                self.assertEqual(answer.status_code, 200, answer.content[-600:])
        for address in (
            f"{PEOPLE}{self.dev.pk}/",
            f"{TOKENS}{issued.token.pk}/",
            f"{ORGANIZATIONS}{self.acme.pk}/",
            f"{EVENTS}{self.events()[-1].pk}/",
        ):
            with self.subTest(address):
                answer = self.client.get(address)
                self.assertEqual(answer.status_code, 200, answer.content[-600:])
