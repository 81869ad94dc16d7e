"""Finding whom a question about access is about: a person by e-mail, a service by slug, a token by its face or name."""

from dataclasses import dataclass

from django.db.models import F, Q
from django.utils import timezone

from keyvault.actor import Actor, ActorType, Origin
from keyvault.errors import NotFound
from keyvault.keyring import ring
from orgs.access import person_in
from orgs.models import Membership
from tokens.models import AccessToken, ServiceIdentity
from tokens.rows import FIELDS, TokenRow, read
from tokens.verdict import Verdict

_OF_THE_OWNER = {
    "org_slug": "org__slug",
    "role": "membership__role",
    "ended_at": "membership__ended_at",
    "ends_on": "membership__ends_on",
    "user_id": "membership__user_id",
    "email": "membership__user__email",
    "is_active": "membership__user__is_active",
    "service_slug": "service__slug",
    "disabled_at": "service__disabled_at",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a decision is explained for. ``verdict`` is on the token; ``networks`` are those that it works from."""

    label: str
    actor: Actor
    verdict: Verdict = Verdict.USABLE
    networks: tuple[str, ...] = ()


def subject_of(actor: Actor) -> Subject:
    """The actor itself."""
    if actor.token is None:
        return Subject(actor.name, actor)
    return _token(AccessToken.objects.get(pk=actor.token.token_id))


def subjects_named(name: str, *, seen_by: Actor) -> list[Subject]:
    """In the organization of ``seen_by``. A service stands for each token of its own that works.

    Raises NotFound where nobody and nothing is called so.
    """
    found = _people(name, seen_by) or _services(name, seen_by) or _tokens(name, seen_by)
    if not found:
        raise NotFound(f"Here is no member, service identity or token {name if len(name) <= 80 else 'of that name'}.")
    return found


def _people(email: str, seen_by: Actor) -> list[Subject]:
    """The membership of now; where there is none, the last one, without a role."""
    rows = Membership.objects.visible_to(seen_by).select_related("org", "user").filter(user__email__iexact=email)
    membership = rows.order_by(F("ended_at").desc(nulls_first=True)).first()
    if membership is None:
        return []
    person = person_in(membership, origin=Origin())
    if not (membership.active and membership.user.is_active):
        person = Actor(ActorType.PERSON, person.id, person.name, org_id=person.org_id)
    return [Subject(person.name, person)]


def _services(slug: str, seen_by: Actor) -> list[Subject]:
    service = ServiceIdentity.objects.visible_to(seen_by).filter(slug=slug).first()
    if service is None:
        return []
    tokens = AccessToken.objects.visible_to(seen_by).live().filter(service=service).order_by("name")
    without = Subject(service.slug, Actor(ActorType.SERVICE, service.pk, service.slug, org_id=service.org_id))
    return [_token(token) for token in tokens] or [without]


def _tokens(name: str, seen_by: Actor) -> list[Subject]:
    """Of several the live ones, else the newest."""
    rows = AccessToken.objects.visible_to(seen_by).filter(Q(display=name) | Q(name=name))
    live = rows.live().order_by("name")
    return [_token(token) for token in live or rows.order_by("-created_at")[:1]]


def _token(token: AccessToken) -> Subject:
    """Read as at authentication, row MAC and all; but for the address, which is a limit to be told, not a fault."""
    own = [name for name in FIELDS if name not in _OF_THE_OWNER]
    owner = {name: F(path) for name, path in _OF_THE_OWNER.items()}
    row = TokenRow.of(AccessToken.objects.filter(pk=token.pk).values(*own, **owner).get())
    pepper = ring.instance_key_by_id(token.pepper_id).secret
    verdict, actor = read(row, pepper=pepper, origin=Origin(), now=timezone.now())
    if verdict is Verdict.WRONG_NETWORK:
        verdict = Verdict.USABLE
    return Subject(f"{token.name} ({token.display})", actor, verdict, tuple(token.networks))
