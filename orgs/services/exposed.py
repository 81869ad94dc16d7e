"""A token that crossed a network in the clear: it still works, and the log says that somebody may have copied it."""

from uuid import UUID

from audit.folding import count_refusal
from audit.services import JSON, record
from keyvault.actor import Origin, anonymous
from keyvault.target import Target
from orgs.services.scim_tokens import issued_token

EXPOSED = "token:exposed"
PLAIN_HTTP = "plain-http"


def note_exposed_scim_token(presented: str, *, origin: Origin) -> None:
    """An event of the organization whose directory has it; nothing for what nobody issued."""
    token = issued_token(presented)
    if token is not None:
        record_exposed(token.pk, on=token.target, origin=origin)


def record_exposed(token_id: UUID, *, on: Target, origin: Origin) -> None:
    """Folded by the minute."""
    fold = count_refusal(f"{EXPOSED}:{token_id}", PLAIN_HTTP, origin.address)
    if fold:
        details: dict[str, JSON] = {"count": fold.count, "block": fold.block}
        record(EXPOSED, actor=anonymous(origin), on=on, reason=PLAIN_HTTP, details=details)
