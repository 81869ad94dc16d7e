"""The form of a prefix: what a grant or a token is limited to."""

import re

from orgs.names import invalid

PATH_LIMIT = 512  # characters, of a name as of a prefix

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")


def clean_prefix(prefix: str, *, field: str = "prefix") -> str:
    """A secret's name, or the beginning of one and a star; empty covers all, and so ``*`` becomes empty.

    Raises Invalid for what could cover nothing (:func:`orgs.decide.matches` has the meaning).
    """
    if prefix in ("", "*"):
        return ""
    begins = prefix.endswith("*")
    sample = prefix[:-1] + "x" if begins else prefix
    if len(prefix) > PATH_LIMIT or ".." in prefix or not NAME.fullmatch(sample):
        raise invalid(field, "A secret's name, or the beginning of one followed by a star: api-keys/team-*")
    return prefix
