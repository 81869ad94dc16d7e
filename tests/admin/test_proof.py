"""The operators' page on the proof of the log: what the sealer says, checkpoints, verifications, streams."""

from accounts.platform import PlatformAct
from audit.models import Verification
from audit.verifier.kv_audit_verify import Report
from keyvault.actor import PlatformRole, system
from keyvault.flows.streams.models import StreamKind
from keyvault.flows.streams.services import create_stream
from tests.admin.scene import desk, make_operator
from tests.cast import CastTestCase

PAGE = "/admin/audit/verification/"


class ProofPageTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.desk = desk(make_operator(PlatformRole.SUPER_ADMIN))

    def test_state_verifications_and_streams_are_shown(self) -> None:
        report = Report()
        report.add("E_ROW_MAC", "", "an event is not as it was written")
        with self.captureOnCommitCallbacks(execute=True):
            Verification.objects.create(
                exit_code=report.exit_code, leaves=7, checkpoints=2, logs=1, has_witness=True, counts=report.counts
            )
        made = create_stream(
            actor=system("tests"),
            org=self.acme,
            kind=StreamKind.WEBHOOK,
            name="siem",
            place="https://s.example/?k=hush",
        )
        self.forget_events()
        page = self.desk.get(PAGE)
        self.assertContains(page, "Tampering")
        self.assertContains(page, "E_ROW_MAC (1)")
        self.assertContains(page, "All months are kept.")
        self.assertContains(page, "acme")
        self.assertNotContains(page, "hush")
        self.assertNotContains(page, made.secret or "")
        self.assertEvents(PlatformAct.SEE_EVENTS)

    def test_nothing_there_is_said(self) -> None:
        self.assertContains(self.desk.get(PAGE), "Nobody has verified it yet")

    def test_there_is_nothing_to_change(self) -> None:
        self.assertEqual(self.desk.post(f"{PAGE}add/").status_code, 404)
