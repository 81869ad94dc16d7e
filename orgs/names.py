"""What names and slugs look like; the same rule for organizations, teams, projects and service identities."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator

from django.utils.text import slugify

from keyvault.errors import Invalid

NAME_LIMIT = 120  # characters
MOST = 64  # entries of a list
SLUG_LIMIT = 63  # of a DNS label (RFC 1035 §2.3.4): slugs may become host names
RESERVED = frozenset(
    "about access account accounts admin administrator all api app assets audit auth billing blog console dashboard"
    " default docs events favicon feedback files gateway gw healthz help home host internal invite join keyvault legal"
    " localhost login logout mail me media metrics new none null oauth openid organization organizations orgs owner"
    " privacy profile public readyz register reset robots root saml scim security self service settings setup signin"
    " signout signup sso static status support system team teams terms token tokens undefined user users v1 webhook"
    " webhooks well-known www".split()
)

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_JOINERS = "\u200c\u200d"  # invisible, but part of words in Persian and Hindi and of many emoji


def clean_name(name: str, *, field: str = "name", limit: int = NAME_LIMIT) -> str:
    """Trimmed and composed (NFC). Raises Invalid if empty, too long, or with characters that do not print.

    What does not print includes line ends, controls and the marks that turn the direction of text around.
    """
    cleaned = unicodedata.normalize("NFC", name.strip())
    if not cleaned.strip(_JOINERS):
        raise invalid(field, "A name is needed.")
    return clean_note(cleaned, field=field, limit=limit)


def clean_note(text: str, *, field: str, limit: int = NAME_LIMIT) -> str:
    """As :func:`clean_name`, but it may be empty."""
    cleaned = unicodedata.normalize("NFC", text.strip())
    if len(cleaned) > limit:
        raise invalid(field, f"At most {limit} characters.")
    if not all(character.isprintable() or character in _JOINERS for character in cleaned):
        raise invalid(field, "Control characters and line ends have no place here.")
    return cleaned


def clean_slug(slug: str, *, field: str = "slug", reserved: frozenset[str] = frozenset()) -> str:
    """Raises Invalid unless it is lower-case ASCII letters and digits in groups joined by single hyphens."""
    if len(slug) > SLUG_LIMIT or not _SLUG.fullmatch(slug):
        raise invalid(field, f"Lower-case letters, digits and single hyphens between them, at most {SLUG_LIMIT}.")
    if slug in reserved:
        raise invalid(field, f"The name {slug} is reserved.")
    return slug


def slugs_for(name: str, *, otherwise: str, reserved: frozenset[str] = frozenset()) -> Iterator[str]:
    """Slugs made from a name, the plain one first, then numbered; ``otherwise`` where no letter of it is ASCII."""
    stem = slugify(name)[: SLUG_LIMIT - 6].replace("_", "-").strip("-")
    stem = re.sub("-+", "-", stem) or otherwise
    if stem not in reserved:
        yield stem
    for number in range(2, 100_000):
        yield f"{stem}-{number}"


def clean_each(field: str, entries: Collection[str], clean: Callable[[str], str]) -> tuple[str, ...]:
    """Sorted and once each. ``clean`` raises ValueError with words that follow the entry's name.

    A refusal names the entry by its number: the text may be a token in the wrong field.
    """
    if len(entries) > MOST:
        raise invalid(field, f"At most {MOST} entries.")
    cleaned = set()
    for number, entry in enumerate(entries, 1):
        try:
            cleaned.add(clean(entry.strip()))
        except ValueError as error:
            raise invalid(field, f"Entry {number} {error}.") from None
    return tuple(sorted(cleaned))


def invalid(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, extra={"field": field})
