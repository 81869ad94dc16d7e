"""Witnesses by mail: once a day the newest checkpoint of the installation's log, which commits to all before it.

A mailbox is a witness that nobody of the installation can rewrite. The note comes as a file, byte for byte as
the verifier wants it.
"""

import logging
import smtplib
import time

from django.conf import settings
from django.core.mail import EmailMessage

from audit.sealing.state import State

_DAY = 24 * 3600.0
_AGAIN = 3600.0  # seconds after a mail that was not taken
_SENT, _TRIED = "mail:sent", "mail:tried"

_log = logging.getLogger(__name__)


def mail_digest(state: State, note: str, now: float | None = None) -> str:
    """A sentence where the mail could not be sent, else nothing."""
    now = now if now is not None else time.time()
    if not settings.KEYVAULT_WITNESS_EMAILS or now - _at(state, _SENT) < _DAY:
        return ""
    if now - _at(state, _TRIED) >= _AGAIN:
        state.keep(_TRIED, str(now).encode())
        if _sent(note):
            state.keep(_SENT, str(now).encode())
            return ""
    return "witness by mail was not reached"


def _sent(note: str) -> bool:
    origin, size, *_ = note.split("\n")
    message = EmailMessage(
        subject=f"KeyVault checkpoint: {origin}, {size} leaves",
        body=(
            "This is the newest signed checkpoint of the audit log. Keep it: a log that was rewritten later does not "
            f"fit it. kv_audit_verify.py checks a bundle against it with --witness and the attached file.\n\n{note}"
        ),
        to=settings.KEYVAULT_WITNESS_EMAILS,
    )
    message.attach(f"checkpoint-{size}.txt", f"{note}\n", "text/plain")
    try:
        return message.send() > 0
    except (OSError, smtplib.SMTPException) as problem:
        _log.warning("the mail to the witnesses was not taken: %s", type(problem).__name__)
        return False


def _at(state: State, fact: str) -> float:
    return float(state.fact(fact) or b"0")
