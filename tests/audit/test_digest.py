"""The mail to the witnesses: once a day, the newest checkpoint, as a file that the verifier takes."""

from django.core import mail
from django.test import override_settings

from audit.sealing.digest import mail_digest
from audit.sealing.state import State
from audit.sealing.witnesses import tell_witnesses
from audit.verifier.kv_audit_verify import TAMPERED, VERIFIED
from tests.audit.sealed import as_superuser
from tests.audit.test_audit_command import CommandTestCase

DAY = 24 * 3600.0


@override_settings(KEYVAULT_WITNESS_EMAILS=["auditor@example.com"])
class DigestTests(CommandTestCase):
    def test_newest_checkpoint_comes_once_a_day(self) -> None:
        self.happen(2)
        note = self.seal().note
        self.assertEqual(tell_witnesses(self.folder), [])
        [message] = mail.outbox
        self.assertEqual(message.to, ["auditor@example.com"])
        [(_, content, kind)] = message.attachments
        self.assertEqual((content, kind), (f"{note}\n", "text/plain"))
        self.happen(1)
        later = self.seal().note
        tell_witnesses(self.folder)
        self.assertEqual(len(mail.outbox), 1)
        with State.held(self.folder) as state:
            self.assertEqual(mail_digest(state, later, now=float(state.fact("mail:sent") or 0) + DAY), "")
        self.assertIn(later, mail.outbox[1].body)

    def test_what_was_mailed_stands_against_a_rewritten_log(self) -> None:
        self.happen(2)
        self.seal()
        tell_witnesses(self.folder)
        kept = self.place / "kept"
        [(_, content, _)] = mail.outbox[0].attachments
        kept.write_text(content)
        self.assertEqual(self.tool(self.exported(), "--public-key", self.key(), "--witness", kept)[0], VERIFIED)
        with as_superuser() as execute:
            for table, end in (("audit_leaf", "leaf_index"), ("audit_checkpoint", "size")):
                newest = f"SELECT log_id, max({end}) FROM {table} GROUP BY 1"
                execute(f"DELETE FROM {table} WHERE (log_id, {end}) IN ({newest})")
        self.assertEqual(self.tool(self.exported(), "--public-key", self.key(), "--witness", kept)[0], TAMPERED)

    def test_mail_that_is_not_taken_is_told_and_tried_again_an_hour_later(self) -> None:
        self.happen(1)
        note = self.seal().note
        smtp = "django.core.mail.backends.smtp.EmailBackend"
        nobody = override_settings(EMAIL_BACKEND=smtp, EMAIL_HOST="127.0.0.1", EMAIL_PORT=1)
        with nobody, State.held(self.folder) as state:
            self.assertEqual(mail_digest(state, note, now=DAY), "witness by mail was not reached")
            tried = state.fact("mail:tried")
            self.assertEqual(mail_digest(state, note, now=DAY + 5), "witness by mail was not reached")
            self.assertEqual(state.fact("mail:tried"), tried)
        with State.held(self.folder) as state:
            self.assertEqual(mail_digest(state, note, now=DAY + 3600), "")
        self.assertEqual(len(mail.outbox), 1)

    @override_settings(KEYVAULT_WITNESS_EMAILS=[])
    def test_nobody_is_mailed_where_nobody_is_named(self) -> None:
        self.happen(1)
        self.seal()
        tell_witnesses(self.folder)
        self.assertEqual(mail.outbox, [])
