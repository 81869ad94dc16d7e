"""Two requests at once: one person, one group, no owner lost."""

import json
from collections.abc import Callable, Sequence
from threading import Barrier, Thread
from typing import Any

from django.db import connection
from django.test import Client

from accounts.models import User
from keyvault.actor import Role
from orgs.models import DirectoryGroup, Membership
from orgs.services.members import add_member
from tests.cast import CastTransactionTestCase
from tests.scim.scene import BASE, GROUP, Directory, issue_tokens, person


class RaceTests(Directory, CastTransactionTestCase):
    def setUp(self) -> None:
        super().setUp()
        issue_tokens(self)

    def at_once(self, *requests: tuple[str, str, Any]) -> list[int]:
        return _at_once([self._request(*each) for each in requests])

    def _request(self, method: str, path: str, body: Any) -> Callable[[], int]:
        headers = {"Authorization": f"Bearer {self.token}"}

        def send() -> int:
            content = json.dumps(body)
            answer = Client().generic(method, f"{BASE}{path}", content, "application/scim+json", headers=headers)
            return answer.status_code

        return send

    def test_two_creates_give_one_person(self) -> None:
        codes = self.at_once(*[("POST", "/Users", person("nora"))] * 4)
        self.assertEqual(sorted(codes), [201, 409, 409, 409])
        self.assertEqual(User.objects.filter(email="nora@acme.example").count(), 1)
        self.assertEqual(Membership.objects.filter(user__email="nora@acme.example").count(), 1)

    def test_two_groups_of_a_name_are_one(self) -> None:
        codes = self.at_once(*[("POST", "/Groups", {"schemas": [GROUP], "displayName": "Payments"})] * 3)
        self.assertEqual(sorted(codes), [201, 409, 409])
        self.assertEqual(DirectoryGroup.objects.count(), 1)

    def test_of_two_owners_who_leave_at_once_one_stays(self) -> None:
        add_member(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, person=self.mallory, role=Role.OWNER)
        off = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
        known = [("PATCH", f"/Users/{owner.pk}", off) for owner in (self.olivia, self.mallory)]
        self.assertEqual(sorted(self.at_once(*known)), [200, 409])
        owners = Membership.objects.filter(org=self.acme, role=Role.OWNER, ended_at=None)
        self.assertEqual(owners.count(), 1)

    def test_of_members_added_at_once_none_is_lost(self) -> None:
        path = f"/Groups/{self.group('Payments')}"
        people = (self.adam, self.dev, self.vera)
        adds = [
            {"Operations": [{"op": "add", "path": "members", "value": [{"value": str(each.pk)}]}]} for each in people
        ]
        self.assertEqual(self.at_once(*[("PATCH", path, add) for add in adds]), [204, 204, 204])
        self.assertEqual([self.teams_of(each) for each in people], [["payments:scim"]] * 3)

    def test_deactivated_twice_at_once_it_ends_once(self) -> None:
        off = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
        codes = self.at_once(*[("PATCH", f"/Users/{self.dev.pk}", off)] * 3)
        self.assertLessEqual(set(codes), {200, 409})
        self.assertIn(200, codes)
        self.assertIsNone(self.live(self.dev))


def _at_once(requests: Sequence[Callable[[], int]]) -> list[int]:
    barrier, codes = Barrier(len(requests)), [0] * len(requests)

    def run(number: int, send: Callable[[], int]) -> None:
        barrier.wait()
        try:
            codes[number] = send()
        finally:
            connection.close()

    threads = [Thread(target=run, args=each) for each in enumerate(requests)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes
