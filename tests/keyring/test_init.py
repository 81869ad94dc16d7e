"""``keys init``: what is missing is made once, and a database of other root keys is left alone."""

import io
import json
import stat
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import TransactionTestCase, override_settings

from keyvault.errors import Invalid
from keyvault.flows.keys.init import init_keys
from keyvault.keyring import recovery, ring
from keyvault.keyring.datakeys import slot_of
from keyvault.keyring.models import DataKey, DataKeyWrap, RootKey, RootState
from keyvault.keyring.purposes import INSTANCE_PURPOSES, Ring
from keyvault.keyring.readiness import RingNotReady
from keyvault.keyring.recovery import RecoveryKey
from keyvault.keyring.wraps import unwrap_by_recovery
from tests.keyring.scene import ACTOR, events, given_gateway_root, given_root, holding, new_root
from tests.keyring.test_roots import SALT


class EmptyRingTestCase(TransactionTestCase):
    """A database that is migrated and has no key yet."""

    def setUp(self) -> None:
        DataKeyWrap.objects.all().delete()
        DataKey.objects.all().delete()
        RootKey.objects.all().delete()
        ring.forget()
        self.addCleanup(ring.forget)
        self.delivered: list[RecoveryKey] = []

    def init(self) -> None:
        init_keys(actor=ACTOR, deliver=self.delivered.append)


class FirstInitTests(EmptyRingTestCase):
    def test_makes_roots_recovery_key_and_instance_keys(self) -> None:
        before = len(events("keys:init"))
        self.init()
        roots = {(root.ring, root.state) for root in RootKey.objects.all()}
        self.assertEqual(roots, {(name, RootState.PRIMARY) for name in Ring})
        self.assertEqual(set(DataKey.objects.values_list("purpose", flat=True)), set(INSTANCE_PURPOSES))
        self.assertEqual(ring.check(), [])
        self.assertEqual(len(events("keys:init")), before + 1)

    def test_event_says_what_was_made_and_holds_no_key(self) -> None:
        self.init()
        entry = json.loads(bytes(events("keys:init")[-1].entry))
        self.assertEqual(entry["details"]["keys"], [purpose.value for purpose in INSTANCE_PURPOSES])
        self.assertEqual(len(entry["details"]["roots"]), 2)
        self.assertEqual((entry["actor"]["type"], entry["actor"]["name"]), ("system", "keys"))
        self.assertNotIn(self.delivered[0].text()[14:30], json.dumps(entry))

    def test_delivered_recovery_key_opens_every_data_key(self) -> None:
        self.init()
        wraps = DataKeyWrap.objects.filter(root__ring=Ring.RECOVERY).select_related("datakey")
        written_down = recovery.parse(self.delivered[0].text())
        opened = {unwrap_by_recovery(written_down, slot_of(wrap.datakey), bytes(wrap.wrapped)) for wrap in wraps}
        self.assertEqual(opened, {ring.instance_key(purpose).secret for purpose in INSTANCE_PURPOSES})

    def test_again_changes_nothing(self) -> None:
        self.init()
        before, recorded = _contents(), len(events("keys:init"))
        self.init()
        self.assertEqual(_contents(), before)
        self.assertEqual(len(self.delivered), 1)
        self.assertEqual(len(events("keys:init")), recorded)

    def test_recovery_key_that_nobody_received_is_not_registered(self) -> None:
        with self.assertRaises(OSError):
            init_keys(actor=ACTOR, deliver=mock.Mock(side_effect=OSError("disk full")))
        self.assertEqual(_contents(), ([], [], []))

    def test_several_first_roots_are_all_registered(self) -> None:
        with holding(given_root(), new_root()):
            self.init()
            self.assertEqual(len(ring.notices()), 1)
        states = RootKey.objects.filter(ring=Ring.MAIN).values_list("state", flat=True)
        self.assertEqual(sorted(states), [RootState.DECRYPT_ONLY, RootState.PRIMARY])

    def test_weak_passphrase_is_refused_and_nothing_made(self) -> None:
        path = Path(new_root().removeprefix("raw:file:"))
        path.write_text("nineteen characters")
        with holding(f"pbkdf2-sha256:600000:{SALT}:file:{path}"), self.assertRaisesRegex(Invalid, "shorter than 20"):
            self.init()
        self.assertEqual((_contents(), self.delivered), (([], [], []), []))

    def test_without_a_root_nothing_is_made(self) -> None:
        for roots in ([], [given_gateway_root()]):
            with holding(gateway=roots), self.assertRaisesRegex(Invalid, "KEYVAULT_ROOT_KEYS names no root key"):
                self.init()
        self.assertEqual(_contents(), ([], [], []))

    def test_gateway_ring_can_begin_later(self) -> None:
        with holding(given_root(), gateway=[]):
            self.init()
        self.init()
        self.assertEqual(RootKey.objects.get(ring=Ring.GATEWAY).state, RootState.PRIMARY)
        self.assertRegex(" ".join(ring.notices()), "2 data keys have no wrap under .*: run manage.py keys rewrap")


class LaterInitTests(TransactionTestCase):
    def test_database_of_other_roots_is_left_alone(self) -> None:
        before = _contents()
        with holding(new_root()), self.assertRaisesRegex(RingNotReady, "is not one of those used by this database"):
            init_keys(actor=ACTOR, deliver=self.fail)
        self.assertEqual(_contents(), before)

    def test_new_purpose_of_a_later_version_is_filled_in(self) -> None:
        key = DataKey.objects.get(purpose="journal")
        key.wraps.all().delete()
        key.delete()
        made = init_keys(actor=ACTOR, deliver=self.fail)
        self.assertEqual((made.purposes, made.roots, made.recovery), (("journal",), (), None))


class RecoveryDeliveryTests(EmptyRingTestCase):
    def test_without_a_terminal_the_key_is_in_a_private_file_and_not_in_the_output(self) -> None:
        folder = Path(settings.DATA_DIR) / "delivery"
        with override_settings(DATA_DIR=folder):
            output = _run("init")
        path = folder / "keys" / "recovery.key"
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(recovery.parse(path.read_text()).id, bytes(RootKey.objects.get(ring=Ring.RECOVERY).id))
        self.assertIn(str(path), output)
        self.assertNotIn(path.read_text().strip(), output)

    def test_recovery_key_of_an_earlier_database_is_kept(self) -> None:
        folder = Path(settings.DATA_DIR) / "twice"
        with override_settings(DATA_DIR=folder):
            _run("init")
            first = (folder / "keys" / "recovery.key").read_text()
            self.setUp()
            _run("init")
        kept = [path.read_text() for path in (folder / "keys").iterdir()]
        self.assertEqual(len(set(kept)), 2)
        self.assertIn(first, kept)

    def test_terminal_shows_the_key_and_no_file_has_it(self) -> None:
        folder = Path(settings.DATA_DIR) / "terminal"
        terminal = io.StringIO()
        terminal.isatty = lambda: True  # type: ignore[method-assign]
        with override_settings(DATA_DIR=folder):
            call_command("keys", "init", stdout=terminal)
        shown = next(line for line in terminal.getvalue().splitlines() if "kv-recovery-1:" in line)
        self.assertEqual(recovery.parse(shown).id, bytes(RootKey.objects.get(ring=Ring.RECOVERY).id))
        self.assertFalse(folder.exists())

    def test_confirmation_and_removal_end_the_notices_and_are_recorded(self) -> None:
        path = Path(settings.DATA_DIR) / "confirm" / "keys" / "recovery.key"
        recorded = len(events("keys:recovery-confirm"))
        with override_settings(DATA_DIR=path.parent.parent):
            _run("init")
            self.assertRegex(" ".join(ring.notices()), "Nobody has shown to hold recovery key")
            output = _run("recovery-confirm", "--file", str(path))
            self.assertIn("opens all 4 data keys", output)
            self.assertEqual(
                ring.notices(), ["The recovery key still lies in the data folder: move it off this machine"]
            )
            path.unlink()
            self.assertEqual(ring.notices(), [])
        self.assertEqual(len(events("keys:recovery-confirm")), recorded + 1)

    def test_another_recovery_key_confirms_nothing(self) -> None:
        self.init()
        with (
            mock.patch("sys.stdin", io.StringIO(recovery.generate().text())),
            self.assertRaisesRegex(CommandError, "not the recovery key of this database"),
        ):
            _run("recovery-confirm")
        self.assertIsNone(RootKey.objects.get(ring=Ring.RECOVERY).confirmed_at)


def _run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("keys", *arguments, stdout=output)
    return output.getvalue()


def _contents() -> tuple[list[object], ...]:
    return tuple(list(model.objects.order_by("pk").values()) for model in (RootKey, DataKey, DataKeyWrap))
