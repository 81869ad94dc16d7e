"""Reading values: permitted, recorded, and only then opened."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import F

from audit.services import JSON, Outcome, Receipt, record
from keyvault.actor import Actor
from keyvault.errors import CannotOpen, Invalid, NotAllowed, NotFound, TooLarge
from keyvault.secrets import exposure
from keyvault.secrets.access import absent, grants_of, require
from keyvault.secrets.models import Environment, Secret, SecretKind, SecretVersion
from keyvault.secrets.names import clean_secret_name
from keyvault.secrets.paths import clean_prefix
from keyvault.secrets.reading import commit_read, commit_reads
from keyvault.secrets.sealing import open_versions
from keyvault.secrets.values import Value
from keyvault.target import Target, Tier
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


def reveal_secret(
    *, actor: Actor, secret: Secret, version: int | None = None, reason: str = "", copied: bool = False
) -> Revealed:
    """The current version, or the one asked for. Raises NotFound for one never given or erased.

    The event is committed before the value is opened; one that does not open leaves a second event. ``copied`` is in
    the event: the value goes to a clipboard and is not looked at.
    """
    action = Action.REVEAL_SECRET
    require(actor, action, secret.target)
    refuse_brokered(actor, action, secret)
    reason = clean_reason(actor, action, secret.environment, secret.target, reason)
    row = _version(secret, version)
    details: dict[str, JSON] | None = {"copied": True} if copied else None
    receipt = commit_read(action, actor=actor, on=row.target, reason=reason, details=details)
    [value] = opened(actor, action, [row])
    exposure.note(row.pk, exposure.REVEALED, actor)
    return Revealed(row, value, receipt)


def reveal_secrets(*, actor: Actor, environment: Environment, names: Sequence[str], reason: str = "") -> list[Revealed]:
    """The current values of these names, all or none: one that is missing or refused refuses the request.

    Who may not read a name is refused alike whether it exists or not.
    """
    if not 1 <= len(names) <= MOST or len(set(names)) < len(names):
        raise invalid("names", f"1 to {MOST:,} different names.")
    asked = [clean_secret_name(name, field="names") for name in names]
    rows = {row.secret.name: row for row in current_versions(environment, secret__name__in=asked)}
    grants = grants_of(actor, environment.target)
    for name in asked:
        target = rows[name].secret.target if name in rows else absent(environment, name)
        access.require(actor, Action.REVEAL_SECRET, target, grants=grants)
    if missing := [name for name in asked if name not in rows]:
        raise NotFound(f"There is no {missing[0]} here.", rule="no-such-secret")
    for row in rows.values():
        refuse_brokered(actor, Action.REVEAL_SECRET, row.secret)
    return _revealed_many(actor, environment, [rows[name] for name in asked], reason)


def reveal_environment(*, actor: Actor, environment: Environment, reason: str = "", prefix: str = "") -> list[Revealed]:
    """Every current value of the environment that the actor may read. Raises NotAllowed where that is none at all,
    TooLarge for more than 2,000.
    """
    rows = readable_versions(actor, environment, Action.REVEAL_SECRET, prefix)
    return _revealed_many(actor, environment, rows, reason)


def read_many(
    action: Action, actor: Actor, environment: Environment, rows: Sequence[SecretVersion], reason: str
) -> list[Revealed]:
    """One event for the request (count and digest of what is read) and one for each value; then they are opened.

    The caller has asked for permission, and notes the exposure.
    """
    reason = clean_reason(actor, action, environment, environment.target, reason)
    digest = hashlib.sha256(b"".join(sorted(row.pk.bytes for row in rows))).hexdigest()
    targets = [row.target for row in rows]
    details: dict[str, JSON] = {"count": len(rows), "versions": digest}
    receipts = commit_reads(action, actor=actor, place=environment.target, on=targets, reason=reason, details=details)
    values = opened(actor, action, rows)
    return [Revealed(*read) for read in zip(rows, values, receipts, strict=True)]


def readable_versions(actor: Actor, environment: Environment, action: Action, prefix: str = "") -> list[SecretVersion]:
    """Current versions, of those that the action is permitted on; the gateway's own are left out.

    Each is decided by its name, so that who is limited to paths gets those. Raises NotAllowed where that is none, and
    the whole is not permitted either.
    """
    grants = grants_of(actor, environment.target)
    rows = current_versions(environment, secret__name__startswith=clean_beginning(prefix))
    kept = [row for row in rows if row.secret.kind != SecretKind.BROKERED]
    readable = [row for row in kept if decide(action, actor=actor, target=row.secret.target, grants=grants).allowed]
    if not readable:
        access.require(actor, action, environment.target, grants=grants)
    if len(readable) > MOST:
        raise TooLarge(f"At most {MOST:,} values at once.", rule="too-many-values", remedy="Read by prefix or by name.")
    return readable


def current_versions(environment: Environment, **only: object) -> list[SecretVersion]:
    """Of the live secrets, in the order of their names. One query; the environment's own row is not fetched again."""
    rows = SecretVersion.objects.filter(org_id=environment.org_id, secret__environment=environment, destroyed_at=None)
    current = rows.filter(version=F("secret__current"), secret__deleted_at=None, **only)
    found = list(current.select_related("secret").order_by("secret__name"))
    for row in found:
        row.secret.environment = environment
    return found


def opened(actor: Actor, action: Action, rows: Sequence[SecretVersion]) -> list[Value]:
    """All or none. Raises CannotOpen, after an event for each that does not open."""
    try:
        return open_versions(rows)
    except CannotOpen:
        for row in rows:
            if not _opens(row):
                record(action, actor=actor, on=row.target, outcome=Outcome.ERROR, reason=CannotOpen.rule)
        raise


def refuse_brokered(actor: Actor, action: Action, secret: Secret) -> None:
    if secret.kind == SecretKind.BROKERED:
        record(action, actor=actor, on=secret.target, outcome=Outcome.DENIED, reason="gateway-only")
        raise NotAllowed(
            "This key is for the gateway only: nobody reads it.",
            rule="gateway-only",
            remedy="Use it through the gateway; to read a value, store it as a secret of another kind.",
        )


def clean_reason(actor: Actor, action: str, environment: Environment, on: Target, reason: str) -> str:
    """Raises Invalid where the organization wants a reason for production and none is given, after the event."""
    reason = clean_note(reason, field="reason", limit=REASON_LIMIT)
    if environment.tier == Tier.PRODUCTION and environment.org.require_reason_in_production and not reason:
        record(action, actor=actor, on=on, outcome=Outcome.DENIED, reason="reason-required")
        raise Invalid(
            "This organization wants a reason for reading values of production.",
            rule="reason-required",
            remedy="Say what it is for; an owner can change the policy.",
            extra={"field": "reason"},
        )
    return reason


def clean_beginning(prefix: str) -> str:
    """How names begin. Raises Invalid for what none begins with."""
    if prefix:
        clean_prefix(f"{prefix}*")
    return prefix


def _revealed_many(
    actor: Actor, environment: Environment, rows: Sequence[SecretVersion], reason: str
) -> list[Revealed]:
    read = read_many(Action.REVEAL_SECRET, actor, environment, rows, reason)
    for row in rows:
        exposure.note(row.pk, exposure.REVEALED, actor)
    return read


def _version(secret: Secret, number: int | None) -> SecretVersion:
    """As the database has it now: a secret that was deleted or rotated since it was looked up is not read as it was."""
    rows = SecretVersion.objects.filter(org_id=secret.org_id, secret=secret, secret__deleted_at=None, destroyed_at=None)
    row = rows.filter(version=F("secret__current") if number is None else number).first()
    if row is None:
        raise NotFound("There is no such version, or it was erased.", rule="no-such-version")
    row.secret = secret
    return row


def _opens(row: SecretVersion) -> bool:
    try:
        open_versions([row])
    except CannotOpen:
        return False
    return True
