"""Another project's judge of SCIM servers (scim2-tester), on all that it can try with values of its own invention.

Left out are its changes of single attributes and its groups with members: a user has one address here, of type work,
and always has a state; a member is a user who exists, while it invents members at random.
"""

from typing import Annotated, Any
from uuid import uuid4

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import override_settings
from pydantic import Field
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_models import AnyExtension, Required, ResourceType, ScimProvider, Uniqueness
from scim2_tester import Status, check_server

from keyvault.scim.resources import Email, Enterprise, Group, User
from tests.scim.scene import BASE, DirectoryTestCase

BOTH = {"discovery", "misc", "crud:create", "crud:delete"}
ADDRESSES = [f"{uuid4()}@acme.example" for _ in range(2000)]


class Address(Email):
    """Of examples it takes one at random."""

    value: str | None = Field(None, examples=ADDRESSES)


class Person(User[AnyExtension]):
    user_name: Annotated[str | None, Uniqueness.server, Required.true] = Field(None, examples=ADDRESSES)
    emails: list[Address] | None = None  # type: ignore[assignment] # narrower


@override_settings(KEYVAULT_TOKEN_RATE=10_000, KEYVAULT_ADDRESS_RATE=10_000)
class OutsideJudgeTests(DirectoryTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.proven("acme.example")
        for signal in (request_started, request_finished):  # as Django's own client does: the test keeps its connection
            signal.disconnect(close_old_connections)
            self.addCleanup(signal.connect, close_old_connections)

    def judged(self, kind: str, tags: set[str]) -> None:
        types = [ResourceType.from_resource(Person[Enterprise]), ResourceType.from_resource(Group)]
        client: Any = WSGISCIMClient(
            WSGIHandler(),
            base_url=f"http://testserver{BASE}",
            headers={"Authorization": f"Bearer {self.token}"},
            environ={"REMOTE_ADDR": "10.9.8.7"},
            provider=ScimProvider(models=[Person, Enterprise, Group], resource_types=types),
        )
        results = check_server(client, include_tags=tags, resource_types=[kind])
        wrong = [f"{each.title}: {each.reason}" for each in results if each.status in (Status.ERROR, Status.CRITICAL)]
        self.assertEqual(wrong, [])
        self.assertGreater(sum(each.status is Status.SUCCESS for each in results), 20)

    def test_users(self) -> None:
        self.judged("User", {*BOTH, "crud:read", "crud:update"})

    def test_groups(self) -> None:
        self.judged("Group", BOTH)
