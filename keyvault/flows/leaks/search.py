"""``POST /api/v1/leaks``: does this text hold a token or a value of ours; whose is it, and where was it used?"""

from dataclasses import dataclass

from audit.services import record
from keyvault.actor import Actor
from keyvault.flows.leaks.limits import count_search
from keyvault.flows.leaks.reading import tokens_in, values_in
from keyvault.flows.looking import reach_of
from keyvault.keyring import ring
from keyvault.secrets.models import SecretVersion
from keyvault.secrets.services.duplicates import PLACE, permitted
from orgs.access import require
from orgs.permissions import Action
from tokens.models import AccessToken
from tokens.peppers import digests_of
from tokens.signing import is_signed

MOST = 100  # versions that are looked at


@dataclass(frozen=True, slots=True)
class Leaks:
    """``others`` counts what is the organization's too and the actor may not see."""

    tokens: tuple[AccessToken, ...]
    versions: tuple[SecretVersion, ...]
    others: int


def search_leaks(*, actor: Actor, text: str) -> Leaks:
    """Recorded as counts: nothing of the text is kept. Raises NotAllowed and TooManyRequests.

    Of another organization nothing is said, not even a number. Short and guessable values have no fingerprint and are
    found by nobody.
    """
    on = reach_of(actor)
    require(actor, Action.SEARCH_LEAKS, on)
    count_search(actor)
    tokens, unseen_tokens = _tokens(actor, text)
    versions, unseen_versions = _versions(actor, text)
    found = Leaks(tuple(tokens), tuple(versions), unseen_tokens + unseen_versions)
    details = {"tokens": len(found.tokens), "secrets": len(found.versions), "others": found.others}
    record(Action.SEARCH_LEAKS, actor=actor, on=on, details={**details})
    return found


def _tokens(actor: Actor, text: str) -> tuple[list[AccessToken], int]:
    digests = [digest for token in tokens_in(text) for digest in digests_of(token)]
    matching = AccessToken.objects.filter(org_id=actor.org_id, digest__in=digests)
    seen = [token for token in AccessToken.objects.visible_to(actor).filter(digest__in=digests) if is_signed(token)]
    return seen, matching.count() - len(seen)


def _versions(actor: Actor, text: str) -> tuple[list[SecretVersion], int]:
    """Of live secrets, old versions too: the newest first."""
    assert actor.org_id is not None  # noqa: S101 - reach_of has refused others
    marks = [mark for mark in ring.fingerprints(actor.org_id, values_in(text)) if mark is not None]
    rows = SecretVersion.objects.filter(org_id=actor.org_id, fingerprint__in=marks, secret__deleted_at=None)
    shown = rows.select_related(*PLACE).prefetch_related("exposures").defer("envelope")
    found = list(shown.order_by("-pk")[:MOST])
    seen = permitted(actor, Action.LIST_SECRETS, found)
    return seen, len(found) - len(seen)
