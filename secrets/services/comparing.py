"""Is a value that somebody brings the stored one? Told by fingerprint where that is enough, else by opening."""

from collections.abc import Mapping, Sequence

from keyvault.actor import Actor
from keyvault.errors import CannotOpen
from keyvault.keyring import ring
from keyvault.secrets.models import Environment, SecretVersion
from keyvault.secrets.sealing import open_versions
from keyvault.secrets.values import Value
from orgs.decide import GrantFacts, decide
from orgs.permissions import Action

_LINE_ENDS = (b"\r", b"\n")


def same_as_stored(
    actor: Actor,
    environment: Environment,
    present: Mapping[str, SecretVersion],
    brought: Mapping[str, Value],
    grants: Sequence[GrantFacts],
) -> set[str]:
    """The names whose value is the stored one to the byte. Only among what the actor may read: for anybody else the
    answer would be a way of guessing.
    """
    action = Action.REVEAL_SECRET
    may = {
        name: row
        for name, row in present.items()
        if decide(action, actor=actor, target=row.secret.target, grants=grants).allowed
    }
    marks = ring.fingerprints(environment.org_id, [brought[name].data for name in may])
    same: set[str] = set()
    unclear: list[SecretVersion] = []
    for (name, row), mark in zip(may.items(), marks, strict=True):
        verdict = _by_fingerprint(row, brought[name], mark)
        if verdict is None:
            unclear.append(row)
        elif verdict:
            same.add(name)
    return same | _when_opened(unclear, brought)


def _by_fingerprint(row: SecretVersion, value: Value, mark: bytes | None) -> bool | None:
    """None where it does not tell: a short value has none, and line ends at the end of a value do not count in it."""
    if row.type != value.type or row.size != len(value.data):
        return False
    if mark is None or row.fingerprint is None:
        return None
    if mark != bytes(row.fingerprint):
        return False
    return None if value.data.endswith(_LINE_ENDS) else True


def _when_opened(rows: Sequence[SecretVersion], brought: Mapping[str, Value]) -> set[str]:
    """One that does not open is taken for different, and with it the others."""
    try:
        opened = open_versions(rows)
    except CannotOpen:
        return set()
    names = [row.secret.name for row in rows]
    return {name for name, value in zip(names, opened, strict=True) if value.same_as(brought[name])}
