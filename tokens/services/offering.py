"""One offer for each member who reads an environment: the same token many times over, to each holder their own."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils import timezone

from keyvault.actor import Actor, TokenKind
from keyvault.errors import Invalid, NotFound
from keyvault.secrets.models import Environment, Grant
from keyvault.secrets.reach import each_line
from orgs.access import changing_rights
from orgs.models import Membership
from orgs.names import invalid
from orgs.permissions import Action
from tokens.drafts import decide_end, draft_token, latest_end
from tokens.models import AccessToken
from tokens.names import clean_name
from tokens.rules import require_may_issue, require_well_formed
from tokens.services.issuing import add_token


class Why(StrEnum):
    """Why a member is left out."""

    READS_NOTHING = "reads-nothing-there"
    NAME_TAKEN = "token-name-taken"
    NAME_UNFIT = "name-unfit"
    ENGAGEMENT_ENDS = "engagement-ends-before"


@dataclass(frozen=True, slots=True)
class LeftOut:
    membership: Membership
    why: Why


@dataclass(frozen=True, slots=True)
class Offers:
    offered: list[AccessToken]
    left_out: list[LeftOut]


def offer_to_members(
    *,
    actor: Actor,
    environment: Environment,
    name: str,
    verbs: Collection[str],
    lifetime: dt.timedelta,
    prefixes: Collection[str] = (),
    networks: Collection[str] = (),
    note: str = "",
) -> Offers:
    """A personal token for ``environment``, offered to every other member who reads there: all of them or none.

    A live token's name is its organization's only one, so that each carries its holder's address: ``name: address``.
    Whoever has one of that name is left out, and asking again offers to the newcomers alone. Raises as
    :func:`tokens.services.issue_token` does, and Invalid for a protected environment.
    """
    with changing_rights(actor, Action.OFFER_TOKEN, environment.target) as held:
        _require_unprotected(environment)
        end = decide_end(None, lifetime, latest_end(environment.org))
        answer = Offers([], [])
        for member, called, why in _sorted_out(held, environment, clean_name(name), end):
            if why:
                answer.left_out.append(LeftOut(member, why))
                continue
            draft = draft_token(
                actor=held,
                kind=TokenKind.PERSON,
                name=called,
                verbs=verbs,
                environment=environment,
                prefixes=prefixes,
                networks=networks,
                expires_at=end,
                owner=member,
                note=note,
            )
            require_well_formed(draft)
            require_may_issue(held, draft, None)
            answer.offered.append(add_token(held, draft, None).token)
    return answer


def _require_unprotected(environment: Environment) -> None:
    """Asked of the row as it is now: only its holder issues a token that reads production."""
    row = Environment.objects.select_for_update(no_key=True).filter(pk=environment.pk).first()
    if row is None:
        raise NotFound
    if row.protected:
        raise invalid("environment", "Tokens for a protected environment are issued by their holders.")


def _sorted_out(
    actor: Actor, environment: Environment, name: str, end: dt.datetime
) -> Iterator[tuple[Membership, str, Why | None]]:
    """Every other member, with the token's name; and for whom there is none, why."""
    everybody = Membership.objects.visible_to(actor).acting().select_related("org", "user").order_by("user__email")
    members = [each for each in everybody if each.pk != actor.membership_id]
    held = Grant.objects.visible_to(actor).filter(project=environment.project_id)
    grants = list(held.select_related("org", "project", "environment", "team"))
    taken = _names_taken(environment)
    for line in each_line(actor, members, [environment], grants):
        called = _called(name, line.membership)
        yield line.membership, called, _why(line.membership, line.reaches[0].reads, called, taken, end)


def _called(name: str, member: Membership) -> str:
    """Empty where no token may be called so: one long address takes nothing from the others."""
    try:
        return clean_name(f"{name}: {member.user.email}")
    except Invalid:
        return ""


def _why(member: Membership, reads: bool, called: str, taken: set[str], end: dt.datetime) -> Why | None:
    if not reads:
        return Why.READS_NOTHING
    if not called:
        return Why.NAME_UNFIT
    if called in taken:
        return Why.NAME_TAKEN
    return Why.ENGAGEMENT_ENDS if latest_end(member.org, member) < end else None


def _names_taken(environment: Environment) -> set[str]:
    live = AccessToken.objects.unrevoked().filter(org_id=environment.org_id, expires_at__gt=timezone.now())
    return set(live.values_list("name", flat=True))
