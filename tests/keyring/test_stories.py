"""The stories of docs/keys.md that are about keys and tokens, walked through by the commands and requests there."""

import json
import re
import shlex
import tempfile
from pathlib import Path

from keyvault.errors import CannotOpen
from keyvault.flows.keys.init import init_keys
from keyvault.keyring import ring
from keyvault.keyring.datakeys import find_wrapped
from keyvault.keyring.models import DataKey
from keyvault.keyring.roots import load_root
from keyvault.secrets.models import SecretVersion
from keyvault.secrets.sealing import context_of
from tests.api.scene import KEY, ApiTestCase
from tests.keyring.scene import (
    ACTOR,
    given_gateway_root,
    given_root,
    holding,
    manage,
    new_organization,
    new_root,
    place,
)
from tests.keyring.test_init import EmptyRingTestCase
from tests.ring import ring_outlives_flush
from tests.secrets.scene import KeysTransactionTestCase

PAGE = Path(__file__).resolve().parents[2] / "docs" / "keys.md"


def story(name: str) -> str:
    return PAGE.read_text(encoding="utf-8").split(f"\n## {name}\n")[1].split("\n## ")[0]


def commands(name: str) -> list[list[str]]:
    return [shlex.split(line) for line in re.findall(r"^ *python manage\.py (.*)$", story(name), re.MULTILINE)]


class LostRootTests(EmptyRingTestCase):
    def test_the_root_key_is_lost(self) -> None:
        init_keys(actor=ACTOR, deliver=self.delivered.append)
        where = place(new_organization())
        envelope = ring.seal_value(where, b"value")
        main, gateway = new_root(), new_root()
        names = {"recovery.key": self.put_away(), "LOST": load_root(given_root()).id.hex()}
        with holding(main, gateway=[gateway]), self.assertRaises(CannotOpen):
            ring.open_value(where, envelope)
        for command in commands("The root key is lost"):
            done = manage(*(names.get(word, word) for word in command), main=[main], gateway=[gateway])
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with holding(main, gateway=[gateway]):
            self.assertEqual((ring.check(), ring.open_value(where, envelope)), ([], b"value"))

    def put_away(self) -> str:
        path = Path(tempfile.mkdtemp()) / "recovery.key"
        path.write_text(self.delivered[0].text())
        return str(path)


class StolenBackupTests(KeysTransactionTestCase):
    def setUp(self) -> None:
        self.enterContext(ring_outlives_flush())
        super().setUp()

    def test_a_backup_was_stolen(self) -> None:
        secret = self.stored()
        stolen = find_wrapped(DataKey.objects.filter(org_id=self.acme.pk).values_list("pk", flat=True))
        old, new = given_root(), new_root()
        names = {"NEW": load_root(new).id.hex(), "OLD": load_root(old).id.hex()}
        for command in commands("A backup was stolen"):
            held = [old, new] if command[1] in ("add-root", "rewrap", "promote") else [new]
            done = manage(*(names.get(word, word) for word in command), main=held, gateway=[given_gateway_root()])
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with holding(new):
            self.assertEqual(self.read(secret), KEY.encode())
            row = SecretVersion.objects.get(secret=secret)
            self.assertNotIn(row.datakey_id, stolen)
        with holding(old), self.assertRaises(CannotOpen):
            ring.open_value(context_of(secret, 1), bytes(row.envelope or b""))


class LeakedTokenTests(ApiTestCase):
    def test_a_token_leaked(self) -> None:
        self.get("ci", "/api/v1/projects/shop/environments/development/values/api-keys/stripe")
        lines = re.findall(r"^ *(GET|POST|PUT) (\S+)(?: (\{.*\}))?$", story("A token leaked"), re.MULTILINE)
        known = {"TEXT": f"TOKEN={self.tokens['ci']}", "NEW VALUE": "sk_test_another_one_instead"}
        answers = []
        for method, path, body in lines:
            said = {name: known.get(value, value) for name, value in json.loads(body or "{}").items()}
            address = path.replace("ID", str(known.get("ID")))
            answers.append(self.call("olivia", method, address, said if body else None))
            if not known.get("ID"):
                known["ID"] = answers[0].json()["tokens"][0]["id"]
        self.assertEqual([answer.status_code for answer in answers], [200, 200, 200, 201])
        self.assertEqual(answers[0].json()["tokens"][0]["owner"], "ci")
        done = [event["action"] for event in answers[2].json()["results"]]
        self.assertIn("secret:reveal", done)
        self.assertRefused(self.get("ci", "/api/v1/whoami"), 401, "token-revoked")
