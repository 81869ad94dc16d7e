"""Who the author of a job is when it runs: the standing of now, not of when it was asked for."""

from collections.abc import Callable
from dataclasses import dataclass

from keyvault.actor import Actor, ActorType
from keyvault.jobs.models import Author
from orgs.access import person_in
from orgs.models import Membership

ByToken = Callable[[Author], Actor | None]


@dataclass(slots=True)
class _Port:
    by_token: ByToken | None = None


_port = _Port()


def resolve_tokens_with(function: ByToken) -> ByToken:
    """``function`` is asked about authors who acted with a token, and about service identities. Set by ``tokens``."""
    _port.by_token = function
    return function


def actor_of(author: Author) -> Actor | None:
    """None where the author may not act any more: the membership has ended, the account or the token is closed.

    An author with a token is never taken for one without: that would give the job more than its author had.
    """
    if author.token_id is not None or author.type is not ActorType.PERSON:
        return _port.by_token(author) if _port.by_token else None
    rows = Membership.objects.acting().select_related("org", "user")
    found = rows.filter(pk=author.membership_id).first() if author.membership_id else None
    if found is None or (found.org_id, found.user_id) != (author.org_id, author.id):
        return None
    return person_in(found, origin=author.origin)
