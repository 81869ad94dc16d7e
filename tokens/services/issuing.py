"""Issuing a token: its value is shown once, or sealed for the member it is offered to or the team it is for."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from django.db import IntegrityError, transaction

from audit.services import JSON, record
from keyvault.actor import Actor, TokenKind
from keyvault.errors import Conflict
from keyvault.ids import uuid7
from keyvault.keyring import ring
from keyvault.secrets.models import Environment, Project
from orgs.access import changing_rights
from tokens.drafts import Draft, Owner, draft_token
from tokens.format import display, mint
from tokens.integrity import digest
from tokens.limits import NONE, Limits, keeper
from tokens.models import AccessToken, SealedToken
from tokens.peppers import active_pepper
from tokens.reach import columns_of
from tokens.rules import require_may_issue, require_well_formed
from tokens.sealing import TokenContext
from tokens.services.revoking import retire_expired_namesakes
from tokens.services.standing import acting_token
from tokens.signing import sign

NAME_IS_TAKEN = "live_token_name_is_unique_in_its_org"


@dataclass(frozen=True, slots=True)
class Issued:
    """``value`` is nowhere else and never again; None for an offer, which only its holder opens."""

    token: AccessToken
    value: str | None = field(repr=False)


def issue_token(
    *,
    actor: Actor,
    kind: TokenKind,
    name: str,
    verbs: Collection[str] = (),
    project: Project | None = None,
    environment: Environment | None = None,
    prefixes: Collection[str] = (),
    networks: Collection[str] = (),
    origins: Collection[str] = (),
    may_reveal_production: bool = False,
    server_calls: bool = False,
    websocket: bool = False,
    endpoints: Collection[str] = (),
    limits: Limits = NONE,
    expires_at: dt.datetime | None = None,
    lifetime: dt.timedelta | None = None,
    owner: Owner | None = None,
    note: str = "",
) -> Issued:
    """A token of a person (``owner`` a membership, or the actor's own), a service or CI job (a service identity), or
    the team (no owner). Nothing given for a part of the scope is no limit; one of ``expires_at`` and ``lifetime`` is.

    Acting by a token that manages, the new one is its child. For another member it is an offer. Raises Invalid,
    NotAllowed, NotFound, and Conflict where a live token of the organization has the name.
    """
    draft = draft_token(
        actor=actor,
        kind=kind,
        name=name,
        verbs=verbs,
        project=project,
        environment=environment,
        prefixes=prefixes,
        networks=networks,
        origins=origins,
        may_reveal_production=may_reveal_production,
        server_calls=server_calls,
        websocket=websocket,
        endpoints=endpoints,
        limits=limits,
        expires_at=expires_at,
        lifetime=lifetime,
        owner=owner,
        note=note,
    )
    require_well_formed(draft)
    with changing_rights(actor, draft.action, draft.target) as held:
        parent = acting_token(held)
        require_may_issue(held, draft, parent)
        return add_token(held, draft, parent)


def add_token(actor: Actor, draft: Draft, parent: AccessToken | None, *, replaces: AccessToken | None = None) -> Issued:
    """The row, its sealed value where it has one, and the event; in the transaction of a caller that has asked."""
    retire_expired_namesakes(actor, draft.org, draft.name)
    value = mint(draft.kind, draft.tier)
    token = _row(actor, draft, parent, value, line=replaces and (replaces.line or replaces))
    token.keeper_id = _keeper_id(actor, draft, replaces or parent)
    if replaces:
        AccessToken.objects.filter(pk=replaces.pk).update(replaced_by=token.pk)
    _insert(token)
    if draft.limits.given and not replaces:
        keeper().keep_limits(token, draft.limits)
    if draft.offered or draft.kind is TokenKind.TEAM:
        _seal(token, value, draft)
    record(draft.action, actor=actor, on=token.target, details=_details(draft, parent, replaces))
    return Issued(token, None if draft.offered else value)


def _row(
    actor: Actor, draft: Draft, parent: AccessToken | None, value: str, *, line: AccessToken | None
) -> AccessToken:
    pepper = active_pepper()
    token = AccessToken(
        id=uuid7(),
        org=draft.org,
        kind=draft.kind.value,
        name=draft.name,
        note=draft.note,
        display=display(value),
        digest=digest(pepper.secret, value),
        pepper_id=pepper.id,
        membership=draft.membership,
        service=draft.service,
        project=draft.project,
        environment=draft.environment,
        parent=parent,
        line=line,
        issued_by=actor.name[:254],
        **columns_of(draft.reach),
    )
    token.mac = sign(token)
    return token


def _keeper_id(actor: Actor, draft: Draft, forebear: AccessToken | None) -> UUID | None:
    """Who answers for a token that is no member's: who did for the one before it, else who issues it."""
    if draft.membership:
        return None
    return (forebear.keeper_id if forebear else None) or actor.membership_id


def _insert(token: AccessToken) -> None:
    try:
        with transaction.atomic():
            token.save(force_insert=True)
    except IntegrityError as error:
        if NAME_IS_TAKEN not in str(error):
            raise
        raise Conflict(
            f"A live token is called {token.name} already.",
            rule="token-name-taken",
            remedy="Choose another name, or replace or revoke that one.",
            extra={"field": "name"},
        ) from None


def _seal(token: AccessToken, value: str, draft: Draft) -> None:
    holder = draft.membership if draft.offered else None
    context = TokenContext(token.org_id, token.pk, holder.pk if holder else None)
    envelope = ring.seal_value(context, value.encode())
    SealedToken.objects.create(
        token=token, org=token.org, envelope=envelope, datakey_id=ring.key_id_of(envelope), offered_to=holder
    )


def _details(draft: Draft, parent: AccessToken | None, replaces: AccessToken | None) -> dict[str, JSON]:
    reach = draft.reach
    return {
        "kind": draft.kind.name.lower(),
        "verbs": sorted(reach.verbs),
        "prefixes": list(reach.prefixes),
        "networks": list(reach.networks),
        "origins": list(reach.origins),
        "may_reveal_production": reach.may_reveal_production,
        "server_calls": reach.server_calls,
        "websocket": reach.websocket,
        "endpoints": list(reach.endpoints),
        "limits": dict(draft.limits.given),
        "expires_at": reach.expires_at.isoformat(timespec="seconds"),
        "owner": _owner_name(draft),
        "parent": str(parent.pk) if parent else None,
        "replaces": str(replaces.pk) if replaces else None,
    }


def _owner_name(draft: Draft) -> str | None:
    if draft.membership:
        return draft.membership.user.email
    return draft.service.slug if draft.service else None
