"""Found tokens, as they are reported: by whoever found one, or by a scanner. Only digests leave the request."""

import secrets
from collections.abc import Sequence
from dataclasses import replace

from audit.services import JSON, record_folded
from keyvault.actor import Actor, Origin, TokenKind, system
from keyvault.address import block_of
from keyvault.flows.leaks.limits import count_report
from keyvault.flows.leaks.models import Scanner
from keyvault.flows.leaks.reading import tokens_in
from keyvault.jobs.services import enqueue
from tokens.format import mint
from tokens.peppers import digests_of
from tokens.services.finding import act_on_found_token, tokens_with

LOOK = "leaks.look"
REPORT = "leak:report"
LOOKED_AT = 10
"""Tokens in one report, and so many digests always: what is not there is made up."""


def report_found(text: str, *, origin: Origin) -> None:
    """Whatever the text holds, the same work: as many digests, and one job that looks for them. Raises
    TooManyRequests.
    """
    count_report(origin)
    arguments = {"digests": _digests(tokens_in(text)), "block": block_of(origin.address)}
    enqueue(LOOK, arguments=arguments, author=_desk(origin))


def look_for(*, digests: Sequence[str], block: str, scanner: Scanner | None = None, where: str = "") -> int:
    """Acts on every token that was found, and returns how many there were; that nothing matched is folded."""
    found = tokens_with([bytes.fromhex(each) for each in digests])
    for token in found:
        told: dict[str, JSON] = {"reported_from": block}
        if scanner is not None and scanner.org_id == token.org_id:
            told = {"scanner": scanner.name, "where": where}
        source = "scanner" if scanner else "report"
        act_on_found_token(actor=system("leak desk"), token=token, source=source, facts=told)
    if not found and scanner is None:
        record_folded(REPORT, origin=Origin(), reason="no-match")
    return len(found)


def digests_in(text: str) -> list[str]:
    """Of the tokens in a text, in hex: keyed, so that they say nothing to who reads them in a job."""
    return [digest.hex() for token in tokens_in(text)[:LOOKED_AT] for digest in digests_of(token)]


def _digests(tokens: Sequence[str]) -> list[str]:
    padded = [*tokens[:LOOKED_AT], *(mint(TokenKind.SERVICE) for _ in range(LOOKED_AT - len(tokens)))]
    digests = [digest.hex() for token in padded for digest in digests_of(token)]
    secrets.SystemRandom().shuffle(digests)
    return digests


def _desk(origin: Origin) -> Actor:
    return replace(system("leak desk"), origin=origin)
