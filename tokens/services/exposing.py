"""A token that crossed a network in the clear: it still works, and the log says that somebody may have copied it."""

from audit.folding import count_refusal
from audit.services import JSON, record
from keyvault.actor import Origin, anonymous
from tokens.format import parse
from tokens.integrity import is_authentic
from tokens.peppers import digests_of
from tokens.rows import bound
from tokens.services.authenticating import find

EXPOSED = "token:exposed"
PLAIN_HTTP = "plain-http"


def note_exposed(presented: str, *, origin: Origin) -> None:
    """An event of the token's organization, folded by the minute; nothing for what nobody issued."""
    if parse(presented) is None:
        return
    digests = digests_of(presented)
    row = find(digests)
    if row is None or not is_authentic(digests[bytes(row.digest)], bound(row), bytes(row.mac)):
        return
    fold = count_refusal(f"{EXPOSED}:{row.id}", PLAIN_HTTP, origin.address)
    if fold:
        details: dict[str, JSON] = {"count": fold.count, "block": fold.block}
        record(EXPOSED, actor=anonymous(origin), on=row.target, reason=PLAIN_HTTP, details=details)
