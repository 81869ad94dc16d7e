"""Showing an owner which keys a token stands for: masked, and only once the log says so."""

from dataclasses import dataclass, field

from audit.services import record
from gateway.bindings import Bound, bound_to
from gateway.model import Provider
from keyvault.actor import Actor
from keyvault.secrets.acts import one_act
from keyvault.secrets.models import Secret, SecretVersion
from keyvault.secrets.services.revealing import opened
from keyvault.secrets.values import Value
from orgs.access import require
from orgs.permissions import Action
from tokens.models import AccessToken

_SHOWN = 4  # characters at each end
_LONG_ENOUGH = 24  # characters; of a shorter key nothing is shown


@dataclass(frozen=True, slots=True)
class MaskedKey:
    """``masked`` is its beginning and its end, by which an owner tells it from the provider's list of keys."""

    provider: Provider
    secret: Secret
    version: int
    masked: str = field(repr=False)


def show_token_keys(*, actor: Actor, token: AccessToken) -> list[MaskedKey]:
    """By provider; none where the token stands for no key. The event is committed before any key is opened."""
    require(actor, Action.SHOW_TOKEN_KEYS, token.target)
    with one_act(Action.SHOW_TOKEN_KEYS, actor=actor, on=token.target):
        rows = [_row(bound) for bound in bound_to(token)]
        told = [f"{bound.provider.slug}: {bound.secret.name}" for bound, _ in rows]
        record(Action.SHOW_TOKEN_KEYS, actor=actor, on=token.target, details={"keys": told})
    values = opened(actor, Action.SHOW_TOKEN_KEYS, [row for _, row in rows])
    return [
        MaskedKey(bound.provider, bound.secret, row.version, mask(_key(value)))
        for (bound, row), value in zip(rows, values, strict=True)
    ]


def mask(key: str) -> str:
    return f"{key[:_SHOWN]}…{key[-_SHOWN:]}" if len(key) >= _LONG_ENOUGH else "…"


def _row(bound: Bound) -> tuple[Bound, SecretVersion]:
    row = bound.secret.versions.get(version=bound.secret.current)
    row.secret = bound.secret
    return bound, row


def _key(value: Value) -> str:
    """The field of that name, or the whole text."""
    parts = value.parts
    return parts.get("key", parts.get("", ""))
