"""Acme at work: people with tokens, a directory, a stored key; then a backup that knows nothing of what came after."""

import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command
from django.test import Client

from keyvault.flows.offboarding import offboard_member
from keyvault.installation import guard
from keyvault.secrets.services.grants import grant
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from orgs.services.scim_tokens import issue_scim_token, revoke_scim_token
from tests.api.scene import DEVELOPMENT, own_cache
from tests.audit.sealed import SealedTestCase
from tests.cast import call_the_cast
from tests.tokens.scene import Tokens, shown
from tokens.services import pause_token, revoke_token

KEY = "sk_test_the_only_one"
VALUE = f"{DEVELOPMENT}/values/stripe"
DIRECTORY = "/scim/v2/Users"


class RestoreTestCase(SealedTestCase, Tokens):
    """``stolen`` and ``directory`` are revoked after the backup, ``idle`` is paused, ``leaver``'s owner is removed."""

    tokens: dict[str, str]
    backup: Path
    bundle: Path

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(own_cache())
        self.client = Client(raise_request_exception=False)
        call_the_cast(self)
        owner = self.actor(self.olivia, stepped_up=True)
        for member in (self.dev, self.vera):
            grant(actor=owner, to=self.membership(member), project=self.shop)
        create_secret(actor=owner, environment=self.development, name="stripe", value=Value.text(KEY))
        issued = {
            "kept": self.personal(self.dev, "kept"),
            "stolen": self.personal(self.dev, "stolen"),
            "idle": self.personal(self.dev, "idle"),
            "leaver": self.personal(self.vera, "leaver"),
        }
        self.issued = {name: each.token for name, each in issued.items()}
        self.tokens = {name: shown(each) for name, each in issued.items()}
        self.directory = issue_scim_token(actor=owner, org=self.acme, name="Okta")
        self.tokens["directory"] = self.directory.value
        self.backup, self.bundle = self.place / "backup", self.place / "bundle"

    def what_came_after(self) -> None:
        """Then everything is sealed and exported."""
        owner = self.actor(self.olivia, stepped_up=True)
        revoke_token(actor=owner, token=self.issued["stolen"], cause="a laptop was stolen")
        pause_token(actor=owner, token=self.issued["idle"])
        offboard_member(actor=owner, membership=self.membership(self.vera))
        revoke_scim_token(actor=owner, token=self.directory.token)
        self.seal()
        self.assertEqual(self.manage("audit", "export", str(self.bundle))[0], 0)

    def clock_goes_on(self) -> None:
        """The two seconds are over for which a look is good."""
        guard._seen_at = float("-inf")

    def read(self, who: str) -> Any:
        return self.client.get(VALUE, headers={"Authorization": f"Bearer {self.tokens[who]}"})

    def ask_directory(self) -> Any:
        return self.client.get(DIRECTORY, headers={"Authorization": f"Bearer {self.tokens['directory']}"})

    def manage(self, command: str, *arguments: str) -> tuple[int, str]:
        said = io.StringIO()
        try:
            with redirect_stdout(said):
                call_command(command, *arguments, stdout=said)
        except CommandError as error:
            return error.returncode, said.getvalue() + str(error)
        except SystemExit as end:
            return int(str(end.code)), said.getvalue()
        return 0, said.getvalue()
