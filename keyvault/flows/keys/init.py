"""``keys init``: the first root keys, the recovery key and the instance's data keys, whatever of them is missing."""

from collections.abc import Callable
from dataclasses import dataclass

from keyvault.actor import Actor
from keyvault.errors import Invalid
from keyvault.flows.keys.log import record_ceremony
from keyvault.keyring import recovery, ring
from keyvault.keyring.datakeys import make_data_keys
from keyvault.keyring.held import SETTINGS, held_roots, rings_given
from keyvault.keyring.models import DataKey, DataKeyState, RootKey, RootState
from keyvault.keyring.purposes import INSTANCE_PURPOSES, Purpose, Ring
from keyvault.keyring.readiness import RingNotReady, unknown_roots
from keyvault.keyring.recovery import RecoveryKey
from keyvault.keyring.roots import Root
from keyvault.keyring.turns import ceremony


@dataclass(frozen=True, slots=True)
class Initialized:
    """What was made; nothing when the ring was complete."""

    roots: tuple[RootKey, ...]
    recovery: RootKey | None
    purposes: tuple[Purpose, ...]

    @property
    def anything(self) -> bool:
        return bool(self.roots or self.recovery or self.purposes)


def init_keys(*, actor: Actor, deliver: Callable[[RecoveryKey], None]) -> Initialized:
    """Makes what is missing and is safe to repeat. ``deliver`` gives a new recovery key to the operator.

    It is called before the commit: a recovery key that nobody received is not registered. Raises RingNotReady when
    the database belongs to other root keys, Invalid for a root too weak to begin with.
    """
    if Ring.MAIN not in rings_given():
        raise Invalid(f"{SETTINGS[Ring.MAIN]} names no root key")
    ring.forget()
    with ceremony():
        _require_own_database()
        roots = [root for name in rings_given() for root in _first_roots(name)]
        recovery_key = _first_recovery_key()
        made = Initialized(tuple(roots), _registered(recovery_key), _missing_purposes())
        make_data_keys(made.purposes, None)
        if made.anything:
            _record(actor, made)
        if recovery_key:
            deliver(recovery_key)
    return made


def register(name: Ring, root: Root, state: RootState) -> RootKey:
    """Raises Invalid for a weak root: what is sealed under it once stays as weak in every backup."""
    if root.weakness:
        raise Invalid(f"Root key {root} is not taken into use: {root.weakness.lower()}")
    return RootKey.objects.create(id=root.id, ring=name, kind=root.kind, state=state)


def _require_own_database() -> None:
    if sentences := [sentence for name in rings_given() if _is_begun(name) and (sentence := unknown_roots(name))]:
        raise RingNotReady("; ".join(sentences))


def _first_roots(name: Ring) -> list[RootKey]:
    if _is_begun(name):
        return []
    first, *others = held_roots(name).values()
    return [
        register(name, first, RootState.PRIMARY),
        *(register(name, root, RootState.DECRYPT_ONLY) for root in others),
    ]


def _is_begun(name: Ring) -> bool:
    return RootKey.objects.filter(ring=name).exists()


def _first_recovery_key() -> RecoveryKey | None:
    return None if _is_begun(Ring.RECOVERY) else recovery.generate()


def _registered(key: RecoveryKey | None) -> RootKey | None:
    if key is None:
        return None
    kind, state = RootKey.Kind.RECOVERY, RootState.PRIMARY
    return RootKey.objects.create(id=key.id, ring=Ring.RECOVERY, kind=kind, state=state, public_key=key.public_key)


def _missing_purposes() -> tuple[Purpose, ...]:
    active = DataKey.objects.filter(org_id__isnull=True, state=DataKeyState.ACTIVE)
    there = set(active.values_list("purpose", flat=True))
    return tuple(purpose for purpose in INSTANCE_PURPOSES if purpose not in there)


def _record(actor: Actor, made: Initialized) -> None:
    about = RootKey.objects.get(ring=Ring.MAIN, state=RootState.PRIMARY)
    record_ceremony(
        "keys:init",
        actor=actor,
        root=about,
        details={
            "roots": [f"{root.ring} {root}" for root in made.roots],
            "recovery": str(made.recovery) if made.recovery else None,
            "keys": [purpose.value for purpose in made.purposes],
        },
    )
