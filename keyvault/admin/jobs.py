"""Jobs: what is queued, what ran, how often it was tried and how it ended."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.admin import display
from django.db.models import Q
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.access import INSTALLATION
from accounts.platform import PlatformAct
from keyvault.admin import cells
from keyvault.admin.cells import Tone
from keyvault.admin.filters import Choice
from keyvault.admin.page import OperatorPage
from keyvault.admin.parts import Cell, Detail, Facts
from keyvault.jobs.models import Job, State
from keyvault.target import Ref, Target
from orgs.models import Organization

_TONES: dict[str, Tone] = {
    State.QUEUED: "plain",
    State.RUNNING: "warn",
    State.DONE: "ok",
    State.REFUSED: "danger",
    State.FAILED: "danger",
}


class StateFilter(Choice):
    title = "state"
    parameter_name = "state"
    options = {state.value: (state.label, partial(Q, state=state)) for state in State}


class JobsPage(OperatorPage):
    """Without a job's arguments: what they name belongs to an organization."""

    see = PlatformAct.SEE_JOBS
    label, one = "Jobs", "job"
    about = "Work that was asked for: its state, its tries and how it ended"
    unread = ("arguments",)

    list_display = ("kind", "status", "attempts", "ended_because", "author_name", "created", "finished")
    list_filter = (StateFilter,)
    search_fields = ("kind", "author_name")
    search_help_text = "Kind or author"
    ordering = ("-id",)

    @display(description="State", ordering="state")
    def status(self, job: Job) -> SafeString:
        return state_badge(job)

    @display(description="Ended because")
    def ended_because(self, job: Job) -> Cell:
        return job.last_error or cells.NOTHING

    @display(description="Created", ordering="id")
    def created(self, job: Job) -> SafeString:
        return cells.moment(job.created_at)

    @display(description="Finished", ordering="finished_at")
    def finished(self, job: Job) -> SafeString:
        return cells.moment(job.finished_at)

    def targets(self, row: Job) -> list[Target]:
        """An organization that is gone has no log any more that somebody could read."""
        org = Organization.objects.filter(pk=row.org_id).first() if row.org_id else None
        place = org.target if org else INSTALLATION
        return [Target(org=place.org, about=Ref(row.pk, row.kind))]

    def detail(self, request: HttpRequest, row: Job) -> Detail:
        return Detail(
            title=row.kind,
            subtitle=state_badge(row),
            facts=[Facts("Work", _work(row)), Facts("Asked for", _asked(row))],
        )


def _work(job: Job) -> list[tuple[str, Cell]]:
    return [
        ("Created", cells.moment(job.created_at)),
        ("Not before", cells.moment(job.run_after)),
        ("Tries", job.attempts),
        ("Last started", cells.moment(job.started_at)),
        ("Leased until", cells.moment(job.lease_until)),
        ("Finished", cells.moment(job.finished_at)),
        ("Ended because", job.last_error or cells.NOTHING),
    ]


def _asked(job: Job) -> list[tuple[str, Cell]]:
    return [
        ("By", f"{job.author_name} ({job.author_type})"),
        ("Organisation", _text(job.org_id)),
        ("Request", _text(job.request_id)),
        ("Address", job.address or cells.NOTHING),
    ]


def _text(identifier: UUID | None) -> Cell:
    return cells.code(str(identifier)) if identifier else cells.NOTHING


def state_badge(job: Any) -> SafeString:
    return cells.badge(job.get_state_display(), _TONES[job.state])
