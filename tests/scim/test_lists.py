"""Lists: filters, pages, and how many statements they cost."""

from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from keyvault.scim import lists
from orgs.models import DirectoryGroup, Membership
from tests.scim.scene import ENTERPRISE, DirectoryTestCase

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


class ListTestCase(DirectoryTestCase):
    def listed(self, kind: str = "Users", **query: Any) -> Any:
        response = self.get(f"/{kind}?{urlencode(query)}")
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()

    def names(self, filter: str) -> list[str]:
        return sorted(each["userName"].split("@")[0] for each in self.listed(filter=filter)["Resources"])

    def statements(self, path: str) -> int:
        """The least of three: once a minute the last use is written and a key is read again."""
        counts = []
        for _ in range(3):
            with CaptureQueriesContext(connection) as caught:
                self.assertEqual(self.get(path).status_code, 200)
            counts.append(len(caught))
        return min(counts)


class FilterTests(ListTestCase):
    def test_those_that_directories_send_are_answered_by_the_database(self) -> None:
        nora = self.provisioned("nora")
        self.provisioned("olaf", active=False)
        for said, names in {
            'userName eq "nora@acme.example"': ["nora"],
            'userName eq "NORA@ACME.EXAMPLE"': ["nora"],
            'USERNAME Eq "nora@acme.example"': ["nora"],
            'urn:ietf:params:scim:schemas:core:2.0:User:userName eq "nora@acme.example"': ["nora"],
            'userName eq "dev@acme.example"': ["dev"],
            'userName eq "mallory@evil.example"': [],
            'emails.value eq "nora@acme.example"': ["nora"],
            'emails eq "nora@acme.example"': ["nora"],
            'emails[type eq "work"].value eq "nora@acme.example"': ["nora"],
            'emails[type eq "work" and value eq "Nora@acme.example"]': ["nora"],
            'emails[type eq "home" and value eq "nora@acme.example"]': [],
            'externalId eq "00u-nora"': ["nora"],
            'externalId eq "00U-NORA"': [],
            f'id eq "{nora.pk}"': ["nora"],
            'id eq "no-uuid"': [],
            "active eq false": ["olaf"],
            'active eq "False"': ["olaf"],
            'active eq true and externalId eq "00u-nora"': ["nora"],
            'externalId eq "00u-olaf" or externalId eq "00u-nora"': ["nora", "olaf"],
            "not (active eq true)": ["olaf"],
            'userName eq "a\\u0000b"': [],
            'userName eq "\\ud800"': [],
        }.items():
            with self.subTest(said), CaptureQueriesContext(connection) as caught:
                self.assertEqual(self.names(said), names)
                self.assertFalse(any(f"LIMIT {lists.ONE_BY_ONE + 1}" in query["sql"] for query in caught))

    def test_others_are_matched_one_by_one(self) -> None:
        self.provisioned("nora", **{ENTERPRISE: {"department": "Payments"}})
        for said, names in {
            'userName sw "no"': ["nora"],
            'displayName co "newton"': ["nora"],
            "externalId pr": ["nora"],
            'name.familyName eq "Newton" and active eq true': ["nora"],
            f'{ENTERPRISE}:department eq "Payments"': ["nora"],
            'meta.lastModified gt "2020-01-01T00:00:00Z" and userName ew "example"': [
                "adam",
                "dev",
                "nora",
                "olivia",
                "vera",
            ],
        }.items():
            with self.subTest(said):
                self.assertEqual(self.names(said), names)

    def test_beyond_a_limit_they_are_refused(self) -> None:
        User.objects.bulk_create(User(email=f"p{number}@acme.example") for number in range(lists.ONE_BY_ONE))
        Membership.objects.bulk_create(
            Membership(org=self.acme, user=user, role="viewer")
            for user in User.objects.filter(email__startswith="p", email__endswith="@acme.example")
        )
        self.assertError(self.get('/Users?filter=userName co "p"'), 400, "tooMany")
        self.assertEqual(self.names('userName sw "p" and userName eq "p7@acme.example"'), ["p7"])

    def test_what_is_no_filter_is_refused(self) -> None:
        for said in ("userName", "userName eq", "nickName eq 1", '"x"', "active gt true", "userName eq 'x'", "("):
            with self.subTest(said):
                self.assertError(self.get(f"/Users?{urlencode({'filter': said})}"), 400, "invalidFilter")

    def test_of_groups(self) -> None:
        group = self.group("Payments", self.dev, externalId="g1")
        self.group("Others", self.vera)
        for said in (
            'displayName eq "payments"',
            'externalId eq "g1"',
            f'id eq "{group}" and members eq "{self.dev.pk}"',
            f'members.value eq "{self.dev.pk}"',
            f'members[value eq "{self.dev.pk}"]',
            'displayName sw "pay"',
        ):
            with self.subTest(said):
                found = self.listed("Groups", filter=said, excludedAttributes="members")["Resources"]
                self.assertEqual([each["displayName"] for each in found], ["Payments"])
                self.assertNotIn("members", found[0])


class SearchTests(ListTestCase):
    def test_a_search_by_post_asks_the_same(self) -> None:
        self.group("Payments", self.dev)
        body = {"schemas": [SEARCH], "filter": 'userName sw "d"', "attributes": ["userName"], "count": 5}
        [found] = self.post("/Users/.search", body).json()["Resources"]
        self.assertEqual(set(found), {"schemas", "id", "userName"})
        [found] = self.post("/Groups/.search", {"filter": 'displayName eq "payments"'}).json()["Resources"]
        self.assertEqual(found["members"][0]["value"], str(self.dev.pk))
        self.assertError(self.get("/Users/.search"), 405)
        self.assertError(self.post("/Users/.search", {"filter": 7}), 400, "invalidValue")


class PageTests(ListTestCase):
    def test_pages_begin_at_one_and_tell_the_total(self) -> None:
        first = self.listed(count=2)
        self.assertEqual((first["totalResults"], first["startIndex"], first["itemsPerPage"]), (4, 1, 2))
        rest = self.listed(startIndex=3, count=2)
        beyond = self.listed(startIndex=5, count=2)
        self.assertEqual((beyond["totalResults"], beyond["Resources"]), (4, []))
        names = [each["userName"] for page in (first, rest) for each in page["Resources"]]
        self.assertEqual(sorted(names), [f"{who}@acme.example" for who in ("adam", "dev", "olivia", "vera")])
        self.assertEqual(self.listed(count=0)["Resources"], [])
        self.assertEqual(self.listed(startIndex=-7, count=1)["startIndex"], 1)
        self.assertEqual(self.listed(startIndex=3, count=1, filter="userName pr")["itemsPerPage"], 1)

    def test_odd_numbers_are_refused_and_large_ones_cut(self) -> None:
        self.assertError(self.get("/Users?count=many"), 400, "invalidValue")
        self.assertEqual(self.get("/Users?count=99999999999999999999").status_code, 200)
        self.assertEqual(self.get("/Users?startIndex=99999999999999999999").status_code, 200)

    def test_the_number_of_statements_does_not_grow(self) -> None:
        self.group("First", self.provisioned("p0"))
        few = [self.statements(path) for path in ("/Users", "/Groups")]
        people = [self.provisioned(f"p{number}") for number in range(1, 8)]
        for number in range(6):
            self.group(f"Group {number}", *people)
        self.assertEqual([self.statements(path) for path in ("/Users", "/Groups")], few)

    def test_nor_with_the_size_of_what_a_group_changes(self) -> None:
        path = f"/Groups/{self.group('Payments')}"

        def added(*people: User) -> int:
            value = [{"value": str(each.pk)} for each in people]
            self.get(path)  # keys and the last use are fresh
            with CaptureQueriesContext(connection) as caught:
                self.patch(path, {"op": "add", "path": "members", "value": value})
            return len(caught)

        one = added(self.provisioned("p0"))
        many = added(*(self.provisioned(f"p{number}") for number in range(1, 9)))
        self.assertEqual(one, many)
        self.assertEqual(DirectoryGroup.objects.get().members.count(), 9)
