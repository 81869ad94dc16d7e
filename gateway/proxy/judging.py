"""Whether a token works for this request: the words of :mod:`tokens.verdict`, on what is compiled already. Pure."""

from gateway.model import Refusal, Token
from gateway.proxy.origins import admits
from keyvault.networks import Address, is_within
from tokens.verdict import REFUSALS, Verdict

_STATUS = {Verdict.WRONG_NETWORK: 403, Verdict.OUTSIDE_ORGANIZATION: 403}
_MOST_REMEMBERED = 256

GONE = Refusal(401, "token-revoked", "The token has been revoked.", "Ask an admin why, and for a new one.")
WRONG_ORIGIN = Refusal(
    403,
    "origin",
    "The token may not be used from this page.",
    "Whoever issued it can add the page's origin to its list.",
)
NO_ORIGIN = Refusal(
    403,
    "origin-missing",
    "The token is for pages in a browser, and this request comes from none.",
    "Use a token without a list of origins on a server, or one that allows server calls.",
)


def judge(token: Token, *, address: Address | None, origin: str | None, now: float) -> Refusal | None:
    """In the order of :func:`tokens.verdict.judge`; ``now`` in Unix seconds. None: it works."""
    verdict = _verdict(token, address, now)
    if verdict is not Verdict.USABLE:
        return refusal_of(verdict)
    return _judge_origin(token, origin) if token.origins else None


def refusal_of(verdict: Verdict) -> Refusal:
    words = REFUSALS[verdict]
    return Refusal(_STATUS.get(verdict, 401), words.rule, words.sentence, words.remedy)


def _verdict(token: Token, address: Address | None, now: float) -> Verdict:
    if token.state not in ("active", "paused"):
        return Verdict.REVOKED
    if now >= token.expires_at:
        return Verdict.EXPIRED
    if not token.owner_active:
        return Verdict.OWNER_GONE
    if token.state == "paused":
        return Verdict.PAUSED
    if token.networks and not _is_within(token, 0, address):
        return Verdict.WRONG_NETWORK
    if token.org_networks and not _is_within(token, 1, address):
        return Verdict.OUTSIDE_ORGANIZATION
    return Verdict.USABLE


def _is_within(token: Token, which: int, address: Address | None) -> bool:
    """Remembered on the token, which is replaced when its networks change."""
    if address is None:
        return False
    known = token.admitted.get((which, address))
    if known is None:
        if len(token.admitted) >= _MOST_REMEMBERED:
            token.admitted.clear()
        known = is_within(address, token.org_networks if which else token.networks)
        token.admitted[which, address] = known
    return known


def _judge_origin(token: Token, origin: str | None) -> Refusal | None:
    """Without ``Origin``, an address list that admits the client or server calls stand in for it."""
    if origin is None:
        return None if token.networks or token.server_calls else NO_ORIGIN
    return None if admits(token.origins, origin) else WRONG_ORIGIN
