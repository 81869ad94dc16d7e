"""Reading values: permitted, recorded, and only then opened."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import F, QuerySet

from audit.services import JSON, Outcome, Receipt, record
from keyvault.actor import Actor
from keyvault.errors import CannotOpen, NotAllowed, NotFound
from keyvault.secrets import exposure
from keyvault.secrets.access import grants_of, require
from keyvault.secrets.models import Environment, Secret, SecretKind, SecretVersion
from keyvault.secrets.reading import commit_reads
from keyvault.secrets.sealing import open_versions
from keyvault.secrets.values import Value
from orgs import access
from orgs.decide import decide
from orgs.names import clean_note, invalid
from orgs.permissions import Action

REASON_LIMIT = 200
MOST = 2000  # values in one request


@dataclass(frozen=True, slots=True)
class Revealed:
    version: SecretVersion
    value: Value = field(repr=False)
    receipt: Receipt


def reveal_secret(*, actor: Actor, secret: Secret, version: int | None = None, reason: str = "") -> Revealed:
    """The current version, or the one asked for. Raises NotFound for one never given or erased.

    The event is committed before the value is opened; one that does not open leaves a second event.
    """
    require(actor, Action.REVEAL_SECRET, secret.target)
    refuse_brokered(actor, Action.REVEAL_SECRET, secret)
    reason = clean_reason(secret.environment, reason)
    row = secret.versions.filter(version=version or secret.current, destroyed_at=None).first()
    if row is None:
        raise NotFound("There is no such version, or it was erased.", rule="no-such-version")
    row.secret = secret
    receipts = commit_reads(Action.REVEAL_SECRET, actor=actor, on=[row.target], reason=reason)
    [value] = opened(actor, Action.REVEAL_SECRET, [row])
    exposure.note(row.pk, exposure.REVEALED, actor)
    return Revealed(row, value, receipts[0])


def reveal_secrets(*, actor: Actor, environment: Environment, names: Sequence[str], reason: str = "") -> list[Revealed]:
    """The current values of these names, all or none: one that is missing or refused refuses the request."""
    if not 1 <= len(names) <= MOST or len(set(names)) < len(names):
        raise invalid("names", f"1 to {MOST:,} different names.")
    rows = {row.secret.name: row for row in current_versions(environment).filter(secret__name__in=list(names))}
    grants = grants_of(actor, environment.target)
    access.require(actor, Action.LIST_SECRETS, environment.target, grants=grants)
    if missing := sorted(set(names) - set(rows)):
        raise NotFound(f"There is no {missing[0]} here.", rule="no-such-secret")
    for name in names:
        access.require(actor, Action.REVEAL_SECRET, rows[name].secret.target, grants=grants)
        refuse_brokered(actor, Action.REVEAL_SECRET, rows[name].secret)
    return read_many(Action.REVEAL_SECRET, actor, environment, [rows[n] for n in names], reason, exposure.REVEALED)


def reveal_environment(*, actor: Actor, environment: Environment, reason: str = "", prefix: str = "") -> list[Revealed]:
    """Every current value of the environment that the actor may read. Raises NotAllowed where that is none at all."""
    rows = readable_versions(actor, environment, Action.REVEAL_SECRET, prefix)
    return read_many(Action.REVEAL_SECRET, actor, environment, rows, reason, exposure.REVEALED)


def read_many(
    action: Action, actor: Actor, environment: Environment, rows: Sequence[SecretVersion], reason: str, kind: str
) -> list[Revealed]:
    """One event for the request (count and digest of what is read) and one for each value; then they are opened.

    The caller has asked for permission.
    """
    reason = clean_reason(environment, reason)
    digest = hashlib.sha256(b"".join(sorted(row.pk.bytes for row in rows))).hexdigest()
    summary: dict[str, JSON] = {"count": len(rows), "versions": digest}
    record(f"{action}-many", actor=actor, on=environment.target, reason=reason, details=summary)
    receipts = commit_reads(action, actor=actor, on=[row.target for row in rows], reason=reason)
    values = opened(actor, action, rows)
    for row in rows:
        exposure.note(row.pk, kind, actor)
    return [Revealed(row, value, receipt) for row, value, receipt in zip(rows, values, receipts, strict=True)]


def readable_versions(actor: Actor, environment: Environment, action: Action, prefix: str = "") -> list[SecretVersion]:
    """Current versions, of those that the action is permitted on; the gateway's own are left out.

    Each is decided by its name, so that who is limited to paths gets those. Raises NotAllowed where that is none, and
    the whole is not permitted either.
    """
    grants = grants_of(actor, environment.target)
    rows = current_versions(environment).filter(secret__name__startswith=prefix)
    kept = [row for row in rows if row.secret.kind != SecretKind.BROKERED]
    readable = [row for row in kept if decide(action, actor=actor, target=row.secret.target, grants=grants).allowed]
    if not readable:
        access.require(actor, action, environment.target, grants=grants)
    return readable


def current_versions(environment: Environment) -> QuerySet[SecretVersion]:
    rows = SecretVersion.objects.filter(org_id=environment.org_id, secret__environment=environment, destroyed_at=None)
    return (
        rows.filter(version=F("secret__current"), secret__deleted_at=None)
        .select_related("secret__environment__project__org", "secret__environment__org", "secret__org")
        .order_by("secret__name")
    )


def opened(actor: Actor, action: Action, rows: Sequence[SecretVersion]) -> list[Value]:
    """Raises CannotOpen, after an event that says so."""
    try:
        return open_versions(rows)
    except CannotOpen:
        for row in rows[:1]:
            record(action, actor=actor, on=row.target, outcome=Outcome.ERROR, reason=CannotOpen.rule)
        raise


def refuse_brokered(actor: Actor, action: Action, secret: Secret) -> None:
    if secret.kind == SecretKind.BROKERED:
        record(action, actor=actor, on=secret.target, outcome=Outcome.DENIED, reason="gateway-only")
        raise NotAllowed(
            "This key is for the gateway only: nobody reads it.",
            rule="gateway-only",
            remedy="Use it through the gateway, or rotate it into a secret of another kind.",
        )


def clean_reason(environment: Environment, reason: str) -> str:
    """Raises Invalid where the organization wants a reason for production and none is given."""
    reason = clean_note(reason, field="reason", limit=REASON_LIMIT)
    if environment.protected and environment.org.require_reason_in_production and not reason:
        raise invalid("reason", "This organization wants a reason for reading values of a protected environment.")
    return reason
