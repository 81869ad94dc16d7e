"""Access in the whole organization: for whom, by which reasons, filtered, as CSV, at a constant cost."""

import csv
import io
from typing import Any

from django.test import Client

from accounts.models import User
from keyvault.actor import Role, Verb
from keyvault.secrets.models import Environment, Project
from keyvault.secrets.services.grants import grant
from keyvault.secrets.services.projects import create_project
from orgs.models import Membership, Team
from orgs.services.teams import add_to_team, create_team
from tests.secrets.scene import KeysTestCase
from tests.web.scene import browser, queries

ACCESS = "/o/acme/access"


class AccessPageTests(KeysTestCase):
    def setUp(self) -> None:
        super().setUp()
        owner = self.actor(self.olivia, stepped_up=True)
        self.team = create_team(actor=owner, org=self.acme, name="Builders")
        add_to_team(actor=owner, team=self.team, membership=self.membership(self.dev))
        self.give(self.team, self.production, Verb.READ)
        self.give(self.membership(self.vera), self.staging, Verb.READ, prefix="api/*")
        create_project(actor=owner, name="Other")
        self.forget_events()

    def give(self, to: Membership | Team, where: Environment, *verbs: Verb, prefix: str = "") -> None:
        owner = self.actor(self.olivia, stepped_up=True)
        grant(actor=owner, to=to, project=self.shop, environment=where, verbs=list(verbs), prefix=prefix)

    def cells(self, client: Client, query: str = "") -> list[dict[str, str]]:
        answer: Any = client.get(f"{ACCESS}/export{query}")
        self.assertEqual(answer.status_code, 200)
        return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))

    def test_every_cell_has_its_reason(self) -> None:
        shown = browser(self.adam).get(f"{ACCESS}?project=shop")
        for said in ("by role", "by grant", "team Builders", "No access", "api/*", "Vera"):
            self.assertContains(shown, said)
        self.assertEventsInclude("grant:list")

    def test_a_grant_gives_nothing_that_the_role_never_has(self) -> None:
        self.give(self.membership(self.vera), self.development, Verb.ADD, Verb.READ, prefix="api/*")
        found = self.cells(browser(self.adam), "?q=vera&project=shop")
        development = next(each for each in found if each["environment"] == "development")
        self.assertEqual(development["partly"], "read")

    def test_csv_says_who_what_and_why(self) -> None:
        found = self.cells(browser(self.adam), "?q=dev@acme&project=shop")
        production = next(each for each in found if each["environment"] == "production")
        self.assertEqual((production["email"], production["protected"]), ("dev@acme.example", "yes"))
        self.assertIn("read", production["verbs"].split())
        self.assertIn("team builders", production["why"])

    def test_a_team_has_a_row_of_what_its_grants_permit(self) -> None:
        (cell,) = self.cells(browser(self.adam), "?show=teams")
        self.assertEqual((cell["kind"], cell["name"], cell["environment"]), ("team", "Builders", "production"))
        self.assertEqual((cell["verbs"], cell["why"]), ("read", "team builders"))
        self.assertContains(browser(self.adam).get(f"{ACCESS}?show=teams"), "Builders")

    def test_filters_choose_rows_and_projects(self) -> None:
        client = browser(self.adam)
        self.assertEqual({each["project"] for each in self.cells(client)}, {"shop", "other"})
        self.assertEqual({each["project"] for each in self.cells(client, "?project=other")}, {"other"})
        self.assertContains(client.get(f"{ACCESS}?q=nobody-is-called-so"), "Nothing matches")
        for strange in ("?project=nowhere", "?project=%27--"):
            self.assertEqual(client.get(f"{ACCESS}{strange}").status_code, 404)
        self.assertEqual(client.get(f"{ACCESS}?q=%00&page=-1&projects=x").status_code, 200)

    def test_others_see_themselves_and_no_team(self) -> None:
        client = browser(self.dev)
        self.assertNotContains(client.get(ACCESS), "vera@acme.example")
        self.assertEqual({each["email"] for each in self.cells(client)}, {"dev@acme.example"})
        self.assertEqual(self.cells(client, "?show=teams"), [])
        self.assertEventsInclude("access:explain")

    def test_outsiders_find_nothing(self) -> None:
        for address in (ACCESS, f"{ACCESS}/export"):
            self.assertEqual(browser(self.mallory).get(address).status_code, 404)

    def test_a_name_is_no_formula_in_a_spreadsheet(self) -> None:
        User.objects.filter(pk=self.dev.pk).update(name="=HYPERLINK(1)")
        self.assertIn("'=HYPERLINK(1)", {each["name"] for each in self.cells(browser(self.adam))})

    def test_as_many_queries_for_many_as_for_few(self) -> None:
        client = browser(self.adam)
        addresses = (ACCESS, f"{ACCESS}?show=teams", f"{ACCESS}/export")
        for address in addresses:
            client.get(address)
        few = [queries(client, address) for address in addresses]
        for number in range(12):
            user = User.objects.create_user(f"p{number}@acme.example", name=f"P {number}")
            Membership.objects.create(org=self.acme, user=user, role=Role.DEVELOPER)
            Team.objects.create(org=self.acme, slug=f"t{number}", name=f"T {number}")
            project = Project.objects.create(org=self.acme, slug=f"p{number}", name=f"P {number}")
            Environment.objects.create(org=self.acme, project=project, slug="dev", name="Dev", tier="dev")
        self.assertEqual([queries(client, address) for address in addresses], few)
