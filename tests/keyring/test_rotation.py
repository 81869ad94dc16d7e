"""A whole rotation: at every step a process started with the old or with the new set of roots works."""

import json

import pytest
from django.test import TransactionTestCase

from keyvault.flows.keys.add_root import add_root
from keyvault.flows.keys.promote import promote
from keyvault.flows.keys.retire_root import retire_root
from keyvault.flows.keys.rewrap import rewrap
from keyvault.flows.keys.verify import verify
from keyvault.keyring import ring
from keyvault.keyring.purposes import Ring
from keyvault.keyring.roots import load_root
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


class RotationTests(TransactionTestCase):
    def setUp(self) -> None:
        self.r0, self.r1 = given_root(), new_root()
        self.old_fingerprint, self.new_fingerprint = (load_root(spec).id.hex() for spec in (self.r0, self.r1))
        self.place = place(new_organization())
        self.envelope = ring.seal_value(self.place, b"value")

    def test_sets_of_roots_before_and_after_every_step(self) -> None:
        both = (self.r0, self.r1)
        self.assertWorks((self.r0,), both)
        with holding(*both):
            add_root(actor=ACTOR)
        self.assertWorks((self.r0,), both)
        with holding(*both):
            rewrap(actor=ACTOR)
        self.assertWorks((self.r0,), both, (self.r1,))
        with holding(*both):
            promote(actor=ACTOR, fingerprint=self.new_fingerprint)
        self.assertWorks((self.r0,), both, (self.r1,))
        with holding(self.r1):
            retire_root(actor=ACTOR, fingerprint=self.old_fingerprint)
        self.assertWorks((self.r1,), both)

    def test_new_set_alone_waits_for_rewrap(self) -> None:
        """The gateway's root in the same process opens three of the seven."""
        with holding(self.r0, self.r1):
            add_root(actor=ACTOR)
        with holding(self.r1):
            self.assertRegex(ring.check()[0], f"4 data keys open with none .* but with {load_root(self.r0)}")

    def assertWorks(self, *sets: tuple[str, ...]) -> None:
        """Each set starts, opens what is stored and takes new organizations that every later set can open."""
        for roots in sets:
            with holding(*roots):
                ring.require_ready(Ring.MAIN)
                self.assertTrue(verify().sound)
                self.assertEqual(ring.open_value(self.place, self.envelope), b"value")
                mine = place(self.place.org)
                self.assertEqual(ring.open_value(mine, ring.seal_value(mine, b"mine")), b"mine")


@pytest.mark.slow
class RotationByCommandTests(TransactionTestCase):
    def test_runbook_with_restarts(self) -> None:
        r0, r1 = given_root(), new_root()
        old, new = (load_root(spec).id.hex() for spec in (r0, r1))
        new_organization()
        both = [r0, r1]
        self.assertStart([r0], both)
        self.run_act("add-root", main=both)
        self.assertStart([r0], both)
        self.run_act("rewrap", "--batch", "2", main=both)
        self.assertStart([r0], both, [r1])
        self.run_act("promote", new[:8], main=both)
        self.assertStart([r0], both, [r1])
        self.run_act("retire-root", old[:8], main=[r1])
        self.assertStart([r1], both)
        self.assertIn("Root key fingerprint", str(self.status([r0])["problems"]))
        roots = {root["fingerprint"]: root["state"] for root in self.status([r1])["roots"] if root["ring"] == "main"}
        self.assertEqual(roots, {old: "retired", new: "primary"})

    def assertStart(self, *sets: list[str]) -> None:
        for roots in sets:
            self.assertEqual(self.status(roots)["problems"], [])
            self.run_act("verify", main=roots)

    def status(self, roots: list[str]) -> dict[str, list[dict[str, str]]]:
        done = manage("keys", "status", "--json", main=roots, gateway=[given_gateway_root()])
        seen: dict[str, list[dict[str, str]]] = json.loads(done.stdout)
        self.assertEqual(done.returncode, 1 if seen["problems"] else 3 if seen["notices"] else 0, done.stderr)
        return seen

    def run_act(self, *act: str, main: list[str]) -> None:
        done = manage("keys", *act, main=main, gateway=[given_gateway_root()])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
