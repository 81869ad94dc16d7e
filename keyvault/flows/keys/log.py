"""How a ceremony stands in the audit log: on the installation, about a root."""

from collections.abc import Mapping
from uuid import UUID

from audit import services as audit
from keyvault.actor import Actor
from keyvault.keyring.derivation import shown
from keyvault.keyring.models import RootKey
from keyvault.target import Ref, Target

JSON = audit.JSON


def record_ceremony(action: str, *, actor: Actor, root: RootKey, details: Mapping[str, JSON] | None = None) -> None:
    audit.record(action, actor=actor, on=Target(org=None, about=_ref(root)), details=details)


def _ref(root: RootKey) -> Ref:
    """A root's 8 bytes, right-aligned in the log's 16."""
    root_id = bytes(root.id)
    return Ref(UUID(bytes=root_id.rjust(16, b"\0")), f"{root.ring} root key {shown(root_id)}")
