"""A token that somebody found where it does not belong: what its organization's policy says, at once."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from audit.services import JSON, record
from keyvault.actor import Actor, TokenKind
from orgs.models import Found, Organization
from orgs.permissions import Action
from tokens.models import AccessToken, TokenState
from tokens.services.revoking import revoke_held, with_descendants
from tokens.services.standing import change_tokens, read_token, read_tokens

FOUND = "token:found"
SCANNER_REPORT = "scanner:report"
"""That a scanner of the organization saw something; see :mod:`keyvault.flows.leaks.scanners`."""

CAUSE = "found where it does not belong"
NOTHING = "nothing"


def tokens_with(digests: Collection[bytes]) -> list[AccessToken]:
    """Of whichever organization."""
    return read_tokens(AccessToken.objects.filter(digest__in=digests))


def act_on_found_token(*, actor: Actor, token: AccessToken, source: str, facts: dict[str, JSON]) -> str:
    """Returns what was done. A team token may lie in code, so it is the notice that counts; of one that works no more
    the event alone is left.
    """
    with transaction.atomic():
        org = Organization.objects.select_for_update(no_key=True).get(pk=token.org_id)
        held = read_token(token.pk)
        did = _wanted(org, held)
        details: dict[str, JSON] = {**facts, "source": source, "did": did}
        record(FOUND, actor=actor, on=held.target, details=details)
        if did == Found.REVOKE:
            revoke_held(actor, with_descendants([held]), CAUSE)
        elif did == Found.PAUSE:
            _pause(actor, held)
    return did


def _wanted(org: Organization, token: AccessToken) -> str:
    if token.state == TokenState.REVOKED or token.expires_at <= timezone.now():
        return NOTHING
    wanted = org.found_team_tokens if token.kind == TokenKind.TEAM else org.found_tokens
    return NOTHING if wanted == Found.PAUSE and token.state == TokenState.PAUSED else str(wanted)


def _pause(actor: Actor, token: AccessToken) -> None:
    change_tokens([token], state=TokenState.PAUSED, paused_at=timezone.now(), paused_by_id=None)
    record(Action.CHANGE_TOKEN, actor=actor, on=token.target, reason=CAUSE, details={"change": "pause"})
