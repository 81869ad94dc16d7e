"""The row MAC of a token as the ORM has it: made when a column that the decision reads is written."""

from dataclasses import fields

from tokens.integrity import Bound, row_mac
from tokens.models import AccessToken
from tokens.peppers import pepper_of

_FIELDS = tuple(field.name for field in fields(Bound))


def sign(token: AccessToken) -> bytes:
    """For the column ``mac``; under the pepper of the token's digest."""
    return row_mac(pepper_of(token.pepper_id), bound(token))


def bound(token: AccessToken) -> Bound:
    columns = {name: getattr(token, name) for name in _FIELDS}
    return Bound(**columns | {"digest": bytes(token.digest)})
