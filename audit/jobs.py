"""The log's word on jobs that ended without their work done."""

from audit.services import Outcome, record
from keyvault.jobs import registry
from keyvault.jobs.models import Job, State
from keyvault.target import Ref, Target


@registry.record_endings_with
def record_ending(job: Job) -> None:
    record(
        "job:run",
        actor=job.author.as_was,
        on=Target(org=Ref(job.org_id, "") if job.org_id else None, about=Ref(job.pk, job.kind)),
        outcome=Outcome.DENIED if job.state == State.REFUSED else Outcome.ERROR,
        reason=job.last_error,
        details={"attempts": job.attempts},
    )
