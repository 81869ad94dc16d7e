"""An access token that crossed a network in the clear (:mod:`orgs.services.exposed` tells of it)."""

from keyvault.actor import Origin
from orgs.services.exposed import record_exposed
from tokens.format import parse
from tokens.integrity import is_authentic
from tokens.peppers import digests_of
from tokens.rows import bound
from tokens.services.authenticating import find


def note_exposed(presented: str, *, origin: Origin) -> None:
    """An event of the token's organization, folded by the minute; nothing for what nobody issued."""
    if parse(presented) is None:
        return
    digests = digests_of(presented)
    row = find(digests)
    if row is None or not is_authentic(digests[bytes(row.digest)], bound(row), bytes(row.mac)):
        return
    record_exposed(row.id, on=row.target, origin=origin)
