"""What a data key is for, whose it is, and which rings of root keys may open it."""

from enum import StrEnum


class Ring(StrEnum):
    """A set of root keys. ``recovery`` is the offline public key, of which no process holds the private half."""

    MAIN = "main"
    GATEWAY = "gateway"
    RECOVERY = "recovery"


class Purpose(StrEnum):
    """NOTE: the words are part of the associated data of every wrap and envelope."""

    VALUE = "value"
    BROKER = "broker"
    FINGERPRINT = "fingerprint"
    AUDIT_MAC = "audit-mac"
    PEPPER = "pepper"
    CONFIG = "config"
    JOURNAL = "journal"


ORGANIZATION_PURPOSES = (Purpose.VALUE, Purpose.BROKER, Purpose.FINGERPRINT)
INSTANCE_PURPOSES = (Purpose.AUDIT_MAC, Purpose.PEPPER, Purpose.CONFIG, Purpose.JOURNAL)

PURPOSES_OF_RING = {
    Ring.MAIN: frozenset(Purpose),
    # What a stolen gateway can open: nothing but the keys that it uses on every request.
    Ring.GATEWAY: frozenset({Purpose.BROKER, Purpose.PEPPER, Purpose.JOURNAL}),
    Ring.RECOVERY: frozenset(Purpose),
}
