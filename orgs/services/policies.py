"""The policy of an organization: what it asks of tokens, values, sign-ins and sessions."""

from collections.abc import Mapping, Sequence

from accounts.models import User
from accounts.services.factors import has_factor
from audit.services import JSON, record
from keyvault.actor import Actor
from keyvault.errors import Conflict
from orgs.access import changing_rights
from orgs.models import Found, Organization
from orgs.names import invalid
from orgs.permissions import Action
from orgs.services.connections import is_ready

TOKEN_DAYS = range(1, 3651)
IDLE_MINUTES = range(60, 241)
STALE_DAYS = range(7, 3651)  # or 0: never
FOUND_TOKENS = (Found.PAUSE, Found.REVOKE)
FOUND_TEAM_TOKENS = (Found.NOTICE, Found.PAUSE)


def change_policy(
    *,
    actor: Actor,
    org: Organization,
    token_max_days: int | None = None,
    refuse_shared_values: bool | None = None,
    require_reason_in_production: bool | None = None,
    team_tokens_in_production: bool | None = None,
    mfa_required: bool | None = None,
    idle_minutes: int | None = None,
    sso_enforced: bool | None = None,
    stale_token_days: int | None = None,
    found_tokens: str | None = None,
    found_team_tokens: str | None = None,
) -> Organization:
    """Changes what is given and leaves what is None; without a difference there is no event.

    Raises Invalid out of bounds, and Conflict where the change would lock out whoever makes it.
    """
    if token_max_days is not None and token_max_days not in TOKEN_DAYS:
        raise invalid("token_max_days", "From 1 to 3650 days.")
    if idle_minutes is not None and idle_minutes not in IDLE_MINUTES:
        raise invalid("idle_minutes", "From 60 to 240 minutes.")
    if stale_token_days and stale_token_days not in STALE_DAYS:
        raise invalid("stale_token_days", "From 7 to 3650 days; 0: never.")
    _require_known("found_tokens", found_tokens, FOUND_TOKENS)
    _require_known("found_team_tokens", found_team_tokens, FOUND_TEAM_TOKENS)
    wanted = {
        "token_max_days": token_max_days,
        "refuse_shared_values": refuse_shared_values,
        "require_reason_in_production": require_reason_in_production,
        "team_tokens_in_production": team_tokens_in_production,
        "mfa_required": mfa_required,
        "idle_minutes": idle_minutes,
        "sso_enforced": sso_enforced,
        "stale_token_days": stale_token_days,
        "found_tokens": found_tokens,
        "found_team_tokens": found_team_tokens,
    }
    with changing_rights(actor, Action.CHANGE_POLICY, org.target) as held:
        org.refresh_from_db()
        if changes := _apply(org, wanted):
            _require_a_way_in(held, org, changes)
            org.save(update_fields=list(changes))
            record(Action.CHANGE_POLICY, actor=held, on=org.target, details=changes)
    return org


def _require_known(field: str, word: str | None, words: Sequence[str]) -> None:
    if word is not None and word not in words:
        raise invalid(field, f"One of {', '.join(words)}.")


def _apply(org: Organization, wanted: Mapping[str, int | bool | str | None]) -> dict[str, JSON]:
    """Sets the fields that differ and returns what each was and is."""
    changes: dict[str, JSON] = {}
    for field, value in wanted.items():
        before = getattr(org, field)
        if value is not None and value != before:
            setattr(org, field, value)
            changes[field] = {"from": before, "to": value}
    return changes


def _require_a_way_in(actor: Actor, org: Organization, changes: Mapping[str, JSON]) -> None:
    """Whoever closes a door stands on its inner side, and has a key."""
    closed = [field for field in ("mfa_required", "sso_enforced") if field in changes and getattr(org, field)]
    if closed and actor.id and not has_factor(User.objects.get(pk=actor.id)):
        raise Conflict(
            "You have no second factor yourself: this would lock you out.",
            rule="add-your-own-factor-first",
            remedy="Add one to your account first.",
            extra={"field": closed[0]},
        )
    if "sso_enforced" in closed and not is_ready(org):
        raise Conflict(
            "There is no single sign-on to insist on.",
            rule="no-connection-to-insist-on",
            remedy="Connect an identity provider, switch it on, and prove your mail domain first.",
            extra={"field": "sso_enforced"},
        )
