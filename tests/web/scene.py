"""Browsers of the cast: Django's client behind an address of its own, because limits and folds count by address."""

import random
from html.parser import HTMLParser
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from accounts.models import User

PASSWORD = "correct horse battery staple"
KEYS = "/o/acme/tokens"
NEW = f"{KEYS}/new"


class QuickArgon2(Argon2PasswordHasher):
    """The same, at a hundredth of the cost: for tests that type many passwords."""

    time_cost = 1
    memory_cost = 1024  # KiB
    parallelism = 1


quickly = override_settings(PASSWORD_HASHERS=["tests.web.scene.QuickArgon2"])


def browser(user: User | None = None, **options: Any) -> Client:
    """Signed in as ``user``, if one is given, without a password."""
    client = Client(REMOTE_ADDR=".".join(["10", *(str(random.randrange(256)) for _ in range(2)), "7"]), **options)
    if user is not None:
        client.force_login(user)
    return client


class Page(HTMLParser):
    """What a test asks of a page: texts by the id of their element, tags by name, attributes of all."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, str] = {}
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if tag not in {"input", "meta", "link", "img", "br"}:
            self._open.append(found.get("id", ""))

    def handle_endtag(self, tag: str) -> None:
        if self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for element_id in filter(None, self._open):
            self.texts[element_id] = (self.texts.get(element_id, "") + data).strip()

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(response: Any) -> Page:
    return Page(response.content.decode())


def queries(client: Client, address: str) -> int:
    """How many a page takes, without those that are due once in some seconds, whoever comes by."""

    def once() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    return min(once() for _ in range(3))
