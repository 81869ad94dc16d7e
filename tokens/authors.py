"""Who acts by a token that is known by its id and was not presented: the author of a job, the subject of a question."""

from uuid import UUID

from django.db.models import F
from django.utils import timezone

from keyvault.actor import Actor, Origin
from keyvault.installation import guard
from keyvault.jobs.models import Author
from tokens.models import AccessToken
from tokens.peppers import pepper_of
from tokens.rows import FIELDS, TokenRow, read
from tokens.verdict import Verdict

_OF_THE_OWNER = {
    "org_slug": "org__slug",
    "org_networks": "org__allowed_networks",
    "role": "membership__role",
    "ended_at": "membership__ended_at",
    "ends_on": "membership__ends_on",
    "user_id": "membership__user_id",
    "email": "membership__user__email",
    "is_active": "membership__user__is_active",
    "service_slug": "service__slug",
    "disabled_at": "service__disabled_at",
}


def read_by_id(token_id: UUID, *, origin: Origin) -> tuple[Verdict, Actor] | None:
    """Judged as at authentication, row MAC and all. None where there is no such token."""
    own = [name for name in FIELDS if name not in _OF_THE_OWNER]
    owner = {name: F(path) for name, path in _OF_THE_OWNER.items()}
    columns = AccessToken.objects.filter(pk=token_id).values("pepper_id", *own, **owner).first()
    if columns is None:
        return None
    return read(TokenRow.of(columns), pepper=pepper_of(columns["pepper_id"]), origin=origin, now=timezone.now())


def actor_of(author: Author) -> Actor | None:
    """The actor that the author's token makes today; None once it works no more, or was another owner's.

    Raises Unavailable in a database that was restored.
    """
    guard.require_own_database()
    found = read_by_id(author.token_id, origin=author.origin) if author.token_id else None
    if found is None:
        return None
    verdict, actor = found
    same = (actor.type, actor.id, actor.org_id) == (author.type, author.id, author.org_id)
    return actor if verdict is Verdict.USABLE and same else None
