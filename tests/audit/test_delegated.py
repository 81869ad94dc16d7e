"""The gateway's events: vouched for by the journal key, which vouches for nothing else."""

from audit.delegated import GATEWAY_ACTS, REFUSE, UNSEAL, prepare_by_gateway, write_by_gateway
from audit.entry import Outcome, row_mac
from audit.models import Event
from audit.projection import E_ROW_MAC, MacKeys, finding_of
from audit.rows import Prepared
from audit.services import prepare
from keyvault.actor import anonymous
from keyvault.keyring import ring
from keyvault.keyring.purposes import PURPOSES_OF_RING, Purpose, Ring
from keyvault.target import Target
from tests.cast import ORIGIN, CastTestCase


class DelegatedEventTests(CastTestCase):
    def test_an_event_of_the_gateway_is_one_that_the_sealer_takes(self) -> None:
        event = self._unsealed()
        write_by_gateway([event])
        (stored,) = self.assertEvents("secret:unseal")
        self.assertEqual(bytes(stored.entry), event.entry)
        self.assertIsNone(finding_of(Event.objects.filter(id=event.id).values().get(), MacKeys()))

    def test_its_key_is_one_that_the_gateways_root_opens_and_the_audit_key_is_not(self) -> None:
        self.assertEqual(ring.instance_key_by_id(self._unsealed().mac_key_id).purpose, Purpose.JOURNAL)
        self.assertNotIn(Purpose.AUDIT_MAC, PURPOSES_OF_RING[Ring.GATEWAY])

    def test_the_journal_key_vouches_for_no_other_act(self) -> None:
        reveal = prepare("secret:reveal", actor=self.actor(self.olivia), on=self.development.target)
        self.assertEqual(finding_of(_signed(reveal, Purpose.JOURNAL)._asdict(), MacKeys()), E_ROW_MAC)
        with self.assertRaises(ValueError):
            prepare_by_gateway("secret:reveal", actor=self.actor(self.olivia), on=self.development.target)

    def test_an_act_is_not_smuggled_past_by_the_column(self) -> None:
        """The entry is the record: a column that names a permitted act for it is a finding of its own."""
        reveal = prepare("secret:reveal", actor=self.actor(self.olivia), on=self.development.target)
        forged = _signed(reveal, Purpose.JOURNAL)._replace(action=UNSEAL)
        self.assertIsNotNone(finding_of(forged._asdict(), MacKeys()))

    def test_keys_for_other_things_vouch_for_nothing(self) -> None:
        for purpose in (Purpose.PEPPER, Purpose.CONFIG):
            self.assertEqual(finding_of(_signed(self._unsealed(), purpose)._asdict(), MacKeys()), E_ROW_MAC)

    def test_the_audit_key_may_vouch_for_the_gateways_acts_too(self) -> None:
        self.assertIsNone(finding_of(_signed(self._unsealed(), Purpose.AUDIT_MAC)._asdict(), MacKeys()))

    def test_refusals_of_nobody_are_the_installations(self) -> None:
        event = prepare_by_gateway(REFUSE, actor=anonymous(ORIGIN), on=Target(org=None), outcome=Outcome.DENIED)
        self.assertIsNone(finding_of(event._asdict(), MacKeys()))
        self.assertIn(REFUSE, GATEWAY_ACTS)

    def _unsealed(self) -> Prepared:
        return prepare_by_gateway(UNSEAL, actor=self.actor(self.dev), on=self.development.target)


def _signed(event: Prepared, purpose: Purpose) -> Prepared:
    key = ring.instance_key(purpose)
    return event._replace(mac_key_id=key.id, mac=row_mac(key.secret, event.org_id, event.entry))
