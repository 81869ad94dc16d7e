"""How often one may ask: a question about a value is a try at guessing it."""

import time

from django.core.cache import cache

from keyvault.actor import Actor, Origin
from keyvault.address import block_of
from keyvault.errors import TooManyRequests

SEARCHES_A_MINUTE = 10  # of one person or service, whichever token asks
REPORTS_A_MINUTE = 10  # of one address block
FEEDBACK_A_MINUTE = 5  # of one address block
ALL_FEEDBACK_A_MINUTE = 100

_KEPT = 120  # seconds


def count_search(actor: Actor) -> None:
    """Raises TooManyRequests."""
    _count(f"leak-search:{actor.id}", SEARCHES_A_MINUTE)


def count_report(origin: Origin) -> None:
    """Raises TooManyRequests."""
    _count(f"leak-report:{block_of(origin.address)}", REPORTS_A_MINUTE)


def count_feedback(origin: Origin) -> None:
    """Raises TooManyRequests."""
    _count(f"feedback:{block_of(origin.address)}", FEEDBACK_A_MINUTE)
    _count("feedback", ALL_FEEDBACK_A_MINUTE)


def _count(what: str, most: int) -> None:
    now = int(time.time())
    key = f"{what}:{now // 60}"
    if cache.add(key, 1, _KEPT) or cache.incr(key) <= most:
        return
    raise TooManyRequests(
        f"More than {most} a minute.", retry_after=60 - now % 60, remedy="Wait as long as Retry-After says."
    )
