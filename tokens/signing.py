"""The row MAC of a token as the ORM has it: made when a column that the decision reads is written."""

from dataclasses import fields

from keyvault.errors import Conflict
from tokens.integrity import Bound, is_authentic, row_mac
from tokens.models import AccessToken
from tokens.peppers import pepper_of

_FIELDS = tuple(field.name for field in fields(Bound))


def sign(token: AccessToken) -> bytes:
    """For the column ``mac``; under the pepper of the token's digest."""
    return row_mac(pepper_of(token.pepper_id), bound(token))


def is_signed(token: AccessToken) -> bool:
    return is_authentic(pepper_of(token.pepper_id), bound(token), bytes(token.mac))


def require_signed(token: AccessToken) -> None:
    """Before a row is made from this one: else who writes to the database has us sign it. Raises Conflict."""
    if not is_signed(token):
        raise Conflict("The token was changed behind the product's back.", rule="token-tampered", remedy="Revoke it.")


def bound(token: AccessToken) -> Bound:
    columns = {name: getattr(token, name) for name in _FIELDS}
    return Bound(**columns | {"digest": bytes(token.digest)})
