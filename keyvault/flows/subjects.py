"""Finding whom a question about access is about: a person by e-mail, a service by slug, a token by its face or name."""

from dataclasses import dataclass

from django.db.models import F, Q

from keyvault.actor import Actor, ActorType, Origin
from keyvault.errors import NotFound
from orgs.access import person_in
from orgs.models import Membership
from tokens.authors import read_by_id
from tokens.models import AccessToken, ServiceIdentity
from tokens.verdict import BY_ADDRESS, Verdict


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
    """As at authentication; but for the address, which is a limit to be told, not a fault."""
    found = read_by_id(token.pk, origin=Origin())
    if found is None:
        raise NotFound
    verdict, actor = found
    if verdict in BY_ADDRESS:
        verdict = Verdict.USABLE
    return Subject(f"{token.name} ({token.display})", actor, verdict, tuple(token.networks))
