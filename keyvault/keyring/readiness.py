"""Whether this process holds the root keys that this database was sealed under. Only looks; changes nothing."""

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db.models import Exists

from keyvault.errors import Unavailable
from keyvault.keyring.datakeys import find_wrapped, keys_without, live_keys, wraps_of_key
from keyvault.keyring.derivation import shown
from keyvault.keyring.held import SETTINGS, held_root_ids, held_roots, rings_given
from keyvault.keyring.models import RootKey, RootState
from keyvault.keyring.purposes import INSTANCE_PURPOSES, PURPOSES_OF_RING, Ring
from keyvault.keyring.roots import RootRefused


class RingNotReady(Unavailable):
    """The process must not start. The sentences name fingerprints and no key."""

    rule, title = "key-ring-not-ready", "The key ring is not ready"


def require_ready(*needed: Ring) -> None:
    """At the start of a process, with the rings that it cannot work without. Raises RingNotReady."""
    missing = [f"{SETTINGS[ring]} names no root key" for ring in needed if ring not in rings_given()]
    if problems := missing or check():
        raise RingNotReady("; ".join(problems))


def check() -> list[str]:
    """Sentences on why this process cannot work with this database; empty when it can."""
    try:
        if not rings_given():
            return [f"{SETTINGS[Ring.MAIN]} names no root key"]
        return _strange_database() or _unopenable_keys() or _broken_instance_keys()
    except RootRefused as refusal:
        return [refusal.detail]


def recovery_file() -> Path:
    """Where ``keys init`` leaves a recovery key that no terminal could show; its folder is the owner's alone."""
    return Path(settings.DATA_DIR) / "keys" / "recovery.key"


def unknown_roots(ring: Ring) -> str:
    """A sentence with both sides' fingerprints when none of the ring's roots held is one of this database's."""
    held = held_roots(ring)
    expected = RootKey.objects.filter(ring=ring).exclude(state=RootState.RETIRED).order_by("-state")
    if any(bytes(root.id) in held for root in expected):
        return ""
    theirs = (
        ", ".join(f"{root.get_state_display().lower()} {root}" for root in expected)
        or "none is registered: run manage.py keys init"
    )
    return (
        f"Root key fingerprint {_list(held)} in {SETTINGS[ring]} is not one of those used by this database ({theirs})"
    )


def notices() -> list[str]:
    """Sentences on what an operator should do, though everything works. For a process that passes ``check``."""
    return [*_exposed_roots(), *_recovery(), *_thin_wraps()]


def _strange_database() -> list[str]:
    if not RootKey.objects.exists():
        return ["This database has no key ring yet: run manage.py keys init"]
    return [sentence for ring in rings_given() if (sentence := unknown_roots(ring))]


def _unopenable_keys() -> list[str]:
    shut = live_keys(*rings_given()).exclude(Exists(wraps_of_key().filter(root_id__in=held_root_ids())))
    if not (count := shut.count()):
        return []
    others = RootKey.objects.filter(wraps__datakey__in=shut).exclude(ring=Ring.RECOVERY).distinct()
    under = _list(bytes(root.id) for root in others) or "the recovery key alone"
    return [f"{count} data keys open with none of the root keys held ({_list(held_root_ids())}), but with {under}"]


def _broken_instance_keys() -> list[str]:
    """Few enough to open them all; ``keys verify`` does it for every organization too."""
    keys = dict(live_keys(*rings_given()).filter(purpose__in=INSTANCE_PURPOSES).values_list("id", "purpose"))
    wanted = {purpose for ring in rings_given() for purpose in PURPOSES_OF_RING[ring]} & set(INSTANCE_PURPOSES)
    missing = sorted(wanted - set(keys.values()))
    shut = [f"Data key {key.slot.key_id} cannot be unwrapped" for key in find_wrapped(keys).values() if not key.opens()]
    return [*(f"The {purpose} key is missing: run manage.py keys init" for purpose in missing), *shut]


def _exposed_roots() -> list[str]:
    return [root.warning for ring in rings_given() for root in held_roots(ring).values() if root.warning]


def _recovery() -> list[str]:
    root = RootKey.objects.filter(ring=Ring.RECOVERY, state=RootState.PRIMARY).first()
    if root is None:
        return ["There is no recovery key: losing the root keys would lose every value"]
    if root.confirmed_at is None:
        return [f"Nobody has shown to hold recovery key {root}: run manage.py keys recovery-confirm"]
    return (
        ["The recovery key still lies in the data folder: move it off this machine"] if recovery_file().exists() else []
    )


def _thin_wraps() -> list[str]:
    roots = RootKey.objects.exclude(state=RootState.RETIRED)
    counts = {str(root): keys_without(root).count() for root in roots}
    return [
        f"{count} data keys have no wrap under {root}: run manage.py keys rewrap"
        for root, count in counts.items()
        if count
    ]


def _list(root_ids: Iterable[bytes]) -> str:
    return ", ".join(map(shown, root_ids))
