"""Values that are kept sealed: an offer, which its holder opens once, and team tokens, which members copy."""

from audit.services import record
from keyvault.actor import Actor
from keyvault.errors import Conflict, NotAllowed
from keyvault.keyring import ring
from orgs.permissions import Action
from tokens.models import AccessToken, SealedToken
from tokens.sealing import TokenContext
from tokens.services.pausing import require_not_final
from tokens.services.standing import by_role, changing_token


def open_offer(*, actor: Actor, token: AccessToken) -> str:
    """The value, for the member it is offered to, in a session, once: afterwards it is sealed nowhere."""
    with changing_token(actor, Action.OPEN_OFFER, token, by_role(Action.OPEN_OFFER)) as held:
        require_not_final(held.token)
        sealed = SealedToken.objects.filter(token=held.token, offered_to__isnull=False).first()
        if held.token.membership_id != held.actor.membership_id:
            raise NotAllowed(
                "Only the member it is offered to opens an offer.",
                rule="offer-for-its-holder",
                remedy="Ask the holder.",
            )
        if sealed is None:
            raise Conflict("The offer has been opened.", rule="offer-opened", remedy="Replace the token.")
        sealed.delete()
        record(Action.OPEN_OFFER, actor=held.actor, on=held.token.target)
    return _open(sealed, held.token)


def copy_team_token(*, actor: Actor, token: AccessToken) -> str:
    """The value of a team token, for members whose role permits it; the event is committed first."""
    with changing_token(actor, Action.COPY_TEAM_TOKEN, token, by_role(Action.COPY_TEAM_TOKEN)) as held:
        require_not_final(held.token)
        sealed = SealedToken.objects.filter(token=held.token, offered_to=None).first()
        if sealed is None:
            raise Conflict("Only team tokens can be copied.", rule="not-a-team-token")
        record(Action.COPY_TEAM_TOKEN, actor=held.actor, on=held.token.target)
    return _open(sealed, held.token)


def _open(sealed: SealedToken, token: AccessToken) -> str:
    """After the commit: no value without its event. Raises CannotOpen."""
    context = TokenContext(token.org_id, token.pk, sealed.offered_to_id)
    return ring.open_value(context, bytes(sealed.envelope)).decode()
