"""What a provider says of a person, whatever its protocol."""

from dataclasses import dataclass

from orgs.sign_on.claims import Claims


@dataclass(frozen=True, slots=True)
class Address:
    """``verified`` is None where the provider does not say."""

    email: str
    verified: bool | None


@dataclass(frozen=True, slots=True)
class Identity:
    """``uid`` never changes of a person at one provider; addresses and names may, and claims will.

    ``signed_in_at`` is the Unix second in which the person last gave their credentials there, where a signed statement
    says so.
    """

    uid: str
    addresses: tuple[Address, ...]
    name: str
    claims: Claims
    signed_in_at: int | None = None


def truth(value: object) -> bool | None:
    """Some providers write truths as text."""
    if isinstance(value, str):
        return {"true": True, "1": True, "false": False, "0": False}.get(value.lower())
    return value if isinstance(value, bool) else None
