"""Root keys as operators name them: by the first hex digits of their fingerprint."""

from keyvault.errors import Invalid, NotFound
from keyvault.keyring.held import held_roots
from keyvault.keyring.models import RootKey
from keyvault.keyring.purposes import Ring

_LEAST_DIGITS = 8


def find_root(fingerprint: str) -> RootKey:
    """Raises NotFound, or Invalid for fewer than eight digits or more than one match."""
    wanted = fingerprint.rstrip("…").lower()
    if len(wanted) < _LEAST_DIGITS:
        raise Invalid(f"A root key is named by at least {_LEAST_DIGITS} digits of its fingerprint")
    found = [root for root in RootKey.objects.all() if bytes(root.id).hex().startswith(wanted)]
    if not found:
        raise NotFound(f"No root key of this database has the fingerprint {wanted}: see manage.py keys status")
    if len(found) > 1:
        raise Invalid(f"{len(found)} root keys have fingerprints that begin with {wanted}")
    return found[0]


def is_held(root: RootKey) -> bool:
    return bytes(root.id) in held_roots(Ring(root.ring))
