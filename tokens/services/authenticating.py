"""From what a request presents to who acts: one statement, one verdict, and an event for every refusal.

What nobody issued is answered in general and logged folded, without a trace of what was presented. The holder of an
authentic token is told what is wrong with it, in an event that names the token; the repeated use of one that is refused
is folded by token, reason, address block and minute (:mod:`audit.folding`), so that a forgotten cron job or a thief
cannot fill the log, and a second place of use still shows.
"""

from collections.abc import Mapping
from typing import Any, LiteralString

from django.db import connection
from django.utils import timezone

from audit.folding import count_refusal
from audit.services import JSON, Outcome, record, record_folded
from keyvault.actor import Actor, Origin
from keyvault.errors import KeyVaultError, NotAllowed, Unauthorized
from tokens import last_use
from tokens.format import parse
from tokens.peppers import digests_of, know_more
from tokens.rows import TokenRow, read
from tokens.verdict import BY_ADDRESS, REFUSALS, Verdict

AUTHENTICATE = "token:authenticate"

_FIND: LiteralString = """
SELECT
    t.id, t.org_id, t.kind, t.name, t.digest, t.mac, t.membership_id, t.service_id, t.project_id, t.environment_id,
    t.prefixes, t.verbs, t.networks, t.origins, t.may_reveal_production, t.expires_at, t.parent_id, t.state,
    t.server_calls, t.websocket, t.endpoints, t.line_id,
    o.slug AS org_slug, o.allowed_networks AS org_networks, m.role, m.ended_at, m.ends_on, u.id AS user_id, u.email,
    u.is_active, i.slug AS service_slug, i.disabled_at
FROM tokens_accesstoken t
JOIN orgs_organization o ON o.id = t.org_id
LEFT JOIN orgs_membership m ON m.org_id = t.org_id AND m.id = t.membership_id
LEFT JOIN accounts_user u ON u.id = m.user_id
LEFT JOIN tokens_serviceidentity i ON i.org_id = t.org_id AND i.id = t.service_id
WHERE t.digest = ANY(%s)
"""


def authenticate(presented: str, *, origin: Origin) -> Actor:
    """Raises Unauthorized, and NotAllowed for a token that is used from outside its networks."""
    if parse(presented) is None:
        raise refuse_unknown(origin)
    digests = digests_of(presented)
    row = find(digests)
    if row is None and know_more():
        digests = digests_of(presented)
        row = find(digests)
    if row is None:
        raise refuse_unknown(origin)
    return admit(row, digests, origin=origin)


def admit(row: TokenRow, digests: Mapping[bytes, bytes], *, origin: Origin) -> Actor:
    """The actor of a row that was found by one of the ``digests`` (to their peppers), and a note of the use."""
    now = timezone.now()
    verdict, actor = read(row, pepper=digests[bytes(row.digest)], origin=origin, now=now)
    if verdict is not Verdict.USABLE:
        raise _refuse(verdict, actor, row)
    last_use.note(row.id, origin, now)
    return actor


def refuse_unknown(origin: Origin) -> Unauthorized:
    """What to raise for a token that was never issued, or is none at all; recorded, folded."""
    record_folded(AUTHENTICATE, origin=origin, reason=Unauthorized.rule)
    return Unauthorized()


def find(digests: Mapping[bytes, bytes]) -> TokenRow | None:
    """The row that has one of the digests, as it stands: nothing is judged yet."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [list(digests)])
        columns = [column.name for column in cursor.description or ()]
        found: tuple[Any, ...] | None = cursor.fetchone()
    return TokenRow.of(dict(zip(columns, found, strict=True))) if found else None


def _refuse(verdict: Verdict, actor: Actor, row: TokenRow) -> KeyVaultError:
    refusal = REFUSALS.get(verdict)
    _record(actor, row, refusal.rule if refusal else str(verdict), tampered=refusal is None)
    if refusal is None:
        return Unauthorized()
    if verdict in BY_ADDRESS:
        seen = {"address": actor.origin.address}
        return NotAllowed(refusal.sentence, rule=refusal.rule, remedy=refusal.remedy, extra=seen)
    return Unauthorized(refusal.sentence, rule=refusal.rule, remedy=refusal.remedy)


def _record(actor: Actor, row: TokenRow, rule: str, *, tampered: bool) -> None:
    fold = count_refusal(f"{AUTHENTICATE}:{row.id}", rule, actor.origin.address)
    if fold is None:
        return
    outcome = Outcome.ERROR if tampered else Outcome.DENIED
    details: dict[str, JSON] = {"count": fold.count, "block": fold.block}
    record(AUTHENTICATE, actor=actor, on=row.target, outcome=outcome, reason=rule, details=details)
