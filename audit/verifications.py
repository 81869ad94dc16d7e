"""Keeping what ``audit verify`` found, for whoever asks when the log was last verified."""

from django.db import transaction

from audit.models import Verification
from audit.services import JSON, Outcome, record
from audit.verifier.kv_audit_verify import TAMPERED, Report
from keyvault.actor import system
from keyvault.target import Target

VERIFY = "audit:verify"


def keep(report: Report) -> Verification:
    """With its event; the codes of findings alone, whose sentences name logs."""
    codes: list[JSON] = [*sorted(report.counts)]
    details: dict[str, JSON] = {"exit": report.exit_code, "leaves": report.leaves, "findings": codes}
    outcome = Outcome.ERROR if report.exit_code == TAMPERED else Outcome.SUCCESS
    with transaction.atomic(durable=True):
        record(VERIFY, actor=system("audit"), on=Target(org=None), outcome=outcome, details=details)
        return Verification.objects.create(
            exit_code=report.exit_code,
            leaves=report.leaves,
            checkpoints=report.checkpoints,
            logs=report.logs,
            has_witness=report.has_witness,
            counts=report.counts,
        )
