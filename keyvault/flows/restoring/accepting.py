"""Accepting the place of a restored database, once nobody can do there what was forbidden since the backup."""

from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from accounts.services.sessions import ENDED_BY_OTHERS, end_each, live_sessions
from audit.services import JSON, record
from keyvault.actor import Actor, system
from keyvault.flows.restoring.lost import lost_events
from keyvault.flows.restoring.replaying import Replayed, replay
from keyvault.installation import guard
from keyvault.owner import database_owner
from keyvault.target import Target
from orgs.models import Organization, ScimToken
from orgs.services.scim_tokens import revoke_scim_token
from tokens.services import pause_tokens_of_organization

ACCEPT = "restore:accept"
REASON = "a backup was restored"


class NothingToAccept(Exception):
    """This is the database it was."""


class NotAllReplayed(Exception):
    """Some acts could not be repeated; the database is not accepted."""

    def __init__(self, replayed: Replayed) -> None:
        super().__init__(f"{len(replayed.failed)} acts could not be repeated.")
        self.replayed = replayed


@dataclass(frozen=True, slots=True)
class Paused:
    """How many tokens work again only when somebody resumes or, a directory's, replaces them."""

    tokens: int
    directories: int


def accept_by_log(source: Path, *, despite_failures: bool = False) -> Replayed:
    """Repeats what the log says was taken away. Raises NothingToAccept, CannotRead, and NotAllReplayed."""
    _require_trouble()
    actor = _actor()
    replayed = replay(actor, lost_events(source))
    if replayed.failed and not despite_failures:
        raise NotAllReplayed(replayed)
    done = [f"{action} {count}" for action, count in sorted(replayed.done.items())]
    _accept(actor, {"by": "log", "replayed": done, "failed": len(replayed.failed)})
    return replayed


def accept_with_all_paused() -> Paused:
    """Where there is no log: every token waits for somebody to resume it. Raises NothingToAccept."""
    _require_trouble()
    actor = _actor()
    tokens = sum(
        len(pause_tokens_of_organization(actor=actor, org=org, reason=REASON))
        for org in Organization.objects.order_by("pk")
    )
    directories = list(ScimToken.objects.select_related("org").filter(revoked_at=None).order_by("pk"))
    for directory in directories:
        revoke_scim_token(actor=actor, token=directory)
    _accept(actor, {"by": "pause", "tokens": tokens, "directories": len(directories)})
    return Paused(tokens, len(directories))


def _require_trouble() -> None:
    if not guard.look():
        raise NothingToAccept("This database is the one it was: there is nothing to accept.")


def _actor() -> Actor:
    return system("restore")


def _accept(actor: Actor, details: dict[str, JSON]) -> None:
    """Browser sessions end in any case: which of them had ended is not worth the question."""
    with transaction.atomic(durable=True):
        sessions = end_each(actor=actor, sessions=live_sessions(), cause=ENDED_BY_OTHERS)
        record(ACCEPT, actor=actor, on=Target(org=None), details={**details, "sessions": sessions})
    with database_owner():
        guard.accept()
