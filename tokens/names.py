"""What a token may be called, and the hint for a name that will say nothing in a year."""

import re

from orgs import names

SHORTEST, LONGEST = 3, 80  # characters

_SAYS_NOTHING = re.compile(
    r"(?:my|new|the|a)?[\W_]*"
    r"(?:api|access|secret|auth)?[\W_]*"
    r"(?:keys?|tokens?|test(?:ing)?|tests|temp|tmp|foo|bar|asdf|qwerty|default|example|untitled|name)"
    r"[\W_]*\d*",
    re.IGNORECASE,
)
_LETTER_AND_NUMBER = re.compile(r"(.)\1*[\W_]*\d*|\d+", re.IGNORECASE)


def clean_name(name: str) -> str:
    """Normalized, with single blanks. Raises Invalid for the wrong length or for what does not print."""
    cleaned = names.clean_name(" ".join(name.split()), limit=LONGEST)
    if len(cleaned) < SHORTEST:
        raise names.invalid("name", f"A token's name has {SHORTEST} to {LONGEST} characters.")
    return cleaned


def hint(name: str) -> str | None:
    """A sentence for whoever is about to call it ``key1``, ``token 2`` or ``test``; the name is accepted anyhow."""
    cleaned = name.strip()
    if _SAYS_NOTHING.fullmatch(cleaned) or _LETTER_AND_NUMBER.fullmatch(cleaned):
        return "Say who uses it, and where: “Deploy job of shop”, “Ana's laptop”. In a year nobody will know this one."
    return None
