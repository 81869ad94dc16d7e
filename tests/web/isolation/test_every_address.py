"""Every address below an organization, opened by each role: it answers as the permission table says, to outsiders 404.

An address is asked by GET, or, where that is not served, by POST with the least that its form takes; both with a fresh
second factor, so that nothing but the right to it decides.
"""

import io
import json
from contextlib import redirect_stdout
from typing import Any, ClassVar

from django.db import transaction
from django.test import Client, TestCase

from accounts.models import TotpDevice, User
from keyvault.actor import Role
from keyvault.secrets.models import Secret
from orgs.models import Membership, Team
from orgs.permissions import TABLE, Action, Right
from tests.accounts.factors import STEP_UP, code_of
from tests.browser.access import scenery
from tests.browser.access.addresses import Address, addresses, unfilled
from tests.cast import owner_of
from tests.web.scene import browser
from tests.web.test_every_page import RECORDED

PEOPLE = {
    Role.OWNER: scenery.OWNER,
    Role.ADMIN: "adam@acme.example",
    Role.DEVELOPER: scenery.MEMBER,
    Role.VIEWER: scenery.VIEWER,
}
EVERYBODY, OWNERS = frozenset(Role), frozenset({Role.OWNER})

GRANTED = {Action.LIST_SECRETS, Action.REVEAL_SECRET, Action.CREATE_SECRET, Action.IMPORT_SECRETS}
"""What the developer's grant holds in the scenery; the viewer has none."""

OPEN_TO = {
    "api-keys": (EVERYBODY, "whoever may not list all sees their own"),
    "token-review": (EVERYBODY, "whoever may not list all sees their own"),
    "project-access": (EVERYBODY, "whoever may not list grants sees their own access"),
    "access": (EVERYBODY, "whoever may not list grants sees their own access"),
    "access-export": (EVERYBODY, "whoever may not list grants sees their own access"),
    "first-use": (EVERYBODY - {Role.VIEWER}, "asks for what the token's own page shows"),
    "answer-alert": (OWNERS, "for the one whom the mail was written to"),
    "open-api-key": (frozenset({Role.DEVELOPER}), "for the one whom the token was offered to"),
    "apply-mappings": (OWNERS, "gives any role, the owner's too"),
    "edit-networks": (OWNERS, "the preview is for who may change them"),
}
"""Where the table alone does not say it, and why."""

HIDDEN = {
    "api-key", "answer-alert", "copy-api-key", "end-exemption", "exempt-token", "first-use", "keep-token",
    "open-api-key", "pause-api-key", "replace-api-key", "resume-api-key", "revoke-api-key",
}  # fmt: skip
"""Of these the viewer sees not even that they are there."""


class IsolationTests(TestCase):
    clients: ClassVar[dict[Role, Client]]
    outsider: ClassVar[Client]
    walk: ClassVar[list[Address]]
    left_out: ClassVar[list[str]]
    bodies: ClassVar[dict[str, dict[str, Any]]]

    @classmethod
    def setUpTestData(cls) -> None:
        fill = _scenery()
        cls.walk, cls.left_out = _one_of_each(fill), unfilled(fill)
        owner_of("mallory@evil.example", "Mallory", "Evil Corp", "evil-corp")
        cls.clients = {role: _stepped_up(email) for role, email in PEOPLE.items()}
        cls.outsider = _stepped_up("mallory@evil.example")
        cls.bodies = _bodies()

    def test_each_role_gets_what_the_table_gives_it(self) -> None:
        for address in self.walk:
            for role, client in self.clients.items():
                with self.subTest(f"{address.name} as {role.value}"):
                    status = self.answer(client, address)
                    if role in _open_to(address.name):
                        self.assertNotIn(status, (403, 404))
                    else:
                        self.assertIn(status, (403, 404) if address.name in HIDDEN else (403,))
                    self.assertLess(status, 500)

    def test_for_whoever_is_outside_nothing_is_there(self) -> None:
        for address in self.walk:
            with self.subTest(address.name):
                self.assertEqual(self.answer(self.outsider, address), 404)

    def test_whoever_is_not_signed_in_is_led_to_the_sign_in(self) -> None:
        nobody = browser()
        for address in self.walk:
            for method in (nobody.get, nobody.post):
                answer = method(address.path)
                if answer.status_code != 405:
                    self.assertEqual(answer.status_code, 302, address.name)
                    self.assertIn("/sign-in?next=", answer.headers["Location"], address.name)

    def test_what_is_said_here_of_an_address_is_of_one_that_is_there(self) -> None:
        names = {address.name for address in self.walk}
        self.assertGreater(len(names), 100)
        self.assertEqual(self.left_out, [])
        self.assertEqual((OPEN_TO.keys() | HIDDEN | self.bodies.keys()) - names, set())

    def answer(self, client: Client, address: Address) -> int:
        """Whatever was done is taken back."""
        point = transaction.savepoint()
        try:
            answer = client.get(address.path)
            if answer.status_code == 405:
                answer = client.post(address.path, self.bodies.get(address.name, {}))
            return answer.status_code
        finally:
            transaction.savepoint_rollback(point)


def _open_to(name: str) -> frozenset[Role]:
    if name in OPEN_TO:
        return OPEN_TO[name][0]
    action = Action(RECORDED[name])
    return frozenset(role for role in Role if _is_given(action, role))


def _is_given(action: Action, role: Role) -> bool:
    right = TABLE[action][role]
    return right is Right.YES or (right is Right.GRANT and role is Role.DEVELOPER and action in GRANTED)


def _scenery() -> scenery.Fill:
    said = io.StringIO()
    with redirect_stdout(said):
        scenery.make()
    fill: scenery.Fill = json.loads(said.getvalue().partition("MADE ")[2].splitlines()[0])
    deleted = Secret.objects.exclude(deleted_at=None).get()
    return fill | {"undelete-secret:name": [deleted.name]}


def _one_of_each(fill: scenery.Fill) -> list[Address]:
    first: dict[str, Address] = {}
    for address in addresses(fill):
        if address.path.startswith("/o/"):
            first.setdefault(address.name, address)
    return list(first.values())


def _stepped_up(email: str) -> Client:
    user = User.objects.get(email=email)
    if not TotpDevice.objects.filter(user=user, confirmed=True).exists():
        device = TotpDevice(user=user, name="Phone", confirmed=True)
        device.key = scenery.KEY
        device.save()
    client = browser(user)
    assert client.post(STEP_UP, {"code": code_of(scenery.KEY)}).status_code == 302
    return client


def _bodies() -> dict[str, dict[str, Any]]:
    """The least that a form takes; the others take an empty one."""
    adam = Membership.objects.get(user__email="adam@acme.example")
    vera = Membership.objects.get(user__email=scenery.VIEWER)
    return {
        "add-grant": {"holder": f"m:{vera.pk}", "environment": "development", "verbs": ["list"]},
        "add-environment": {"slug": "preview", "tier": "dev"},
        "edit-environment": {"name": "Trial"},
        "compare-versions": {"version": "1"},
        "restore-version": {"version": "1"},
        "create-service": {"service_name": "Reports"},
        "replace-api-key": {"overlap": "24"},
        "claim-domain": {"name": "more.acme.example"},
        "map-role": {"role-claim": "groups", "role-value": "leads", "role-role": "admin"},
        "map-team": {"team-claim": "groups", "team-value": "more", "team-team": str(Team.objects.get().pk)},
        "join-team": {"member": str(adam.pk)},
        "rename-organization": {"name": "Acme Rockets"},
        "rename-team": {"name": "Makers"},
        "change-role": {"role": "viewer"},
    }
