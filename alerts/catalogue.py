"""Every rule that there is, and how it stands until an organization changes it. Pure; docs/alerts.md tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How soon somebody should look: some day, today, now."""

    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return _ORDER.index(self)


_ORDER = list(Severity)


class Kind(StrEnum):
    FOREIGN_USE = "foreign-use"
    DEAD_TOKEN = "dead-token"  # noqa: S105 - the name of a rule
    UNKNOWN_TOKEN = "unknown-token"  # noqa: S105
    EXPOSED_TOKEN = "exposed-token"  # noqa: S105
    FAILED_SIGN_INS = "failed-sign-ins"
    ODD_HOURS = "odd-hours"
    BULK_READS = "bulk-reads"
    NEW_PLACE = "new-place"
    RIGHTS_CHANGED = "rights-changed"
    OWN_PRODUCTION = "own-production"
    TAMPERING = "tampering"
    LOG_BROKEN = "log-broken"
    ALARM_CHANGED = "alarm-changed"
    FAILED_WORK = "failed-work"
    EXPIRY_DUE = "expiry-due"
    ROTATION_DUE = "rotation-due"
    BUDGET_REACHED = "budget-reached"
    SWEEP_FOUND = "sweep-found"


@dataclass(frozen=True, slots=True)
class Standard:
    """A rule as it comes. ``threshold`` findings within ``window`` minutes raise it; then it is silent for ``quiet``.

    ``in_production`` is the severity where the finding concerns production. ``counts``: threshold and window can be
    set. ``always``: it cannot be turned off. ``tells_owner``: the owner of the token or secret hears of it as well.
    """

    title: str
    about: str
    severity: Severity
    threshold: int = 1
    window: int = 60
    quiet: int = 60
    in_production: Severity | None = None
    counts: bool = False
    always: bool = False
    tells_owner: bool = False


_DAY = 24 * 60

STANDARD: Mapping[Kind, Standard] = {
    Kind.FOREIGN_USE: Standard(
        "A token was used from elsewhere",
        "A request with a valid token came from an address or a page that is not on its list. It was refused.",
        Severity.WARNING,
        in_production=Severity.CRITICAL,
        counts=True,
    ),
    Kind.DEAD_TOKEN: Standard(
        "A token that works no more was used",
        "A revoked or expired token, or one whose owner has left, was presented and refused.",
        Severity.WARNING,
        in_production=Severity.CRITICAL,
        quiet=_DAY,
        counts=True,
    ),
    Kind.UNKNOWN_TOKEN: Standard(
        "Tokens that nobody issued were tried",
        "Unknown tokens were tried from a network where tokens of the organization are used.",
        Severity.WARNING,
        threshold=10,
        window=10,
        quiet=_DAY,
        counts=True,
    ),
    Kind.EXPOSED_TOKEN: Standard(
        "A token was exposed",
        "It was sent over plain HTTP, or somebody found it where it does not belong. Replace it.",
        Severity.CRITICAL,
        quiet=_DAY,
    ),
    Kind.FAILED_SIGN_INS: Standard(
        "Repeated failed sign-ins",
        "Wrong passwords or codes for one person.",
        Severity.WARNING,
        threshold=5,
        window=15,
        counts=True,
    ),
    Kind.ODD_HOURS: Standard(
        "Production was read outside working hours",
        "A person read a production value outside of the organization's calendar.",
        Severity.WARNING,
        quiet=12 * 60,
        counts=True,
    ),
    Kind.BULK_READS: Standard(
        "Many values were read",
        "One person, service or token read an unusual number of values.",
        Severity.WARNING,
        threshold=100,
        window=10,
        quiet=_DAY,
        in_production=Severity.CRITICAL,
        counts=True,
    ),
    Kind.NEW_PLACE: Standard(
        "A token was used from a new place",
        "The first use of a token from this network or by this client.",
        Severity.NOTICE,
        in_production=Severity.WARNING,
        tells_owner=True,
    ),
    Kind.RIGHTS_CHANGED: Standard(
        "Who may get in has changed",
        "A new owner or operator, single sign-on, a directory token, a policy, or a root key.",
        Severity.WARNING,
    ),
    Kind.OWN_PRODUCTION: Standard(
        "An owner granted themselves production",
        "Somebody gave themselves the right to read production values.",
        Severity.CRITICAL,
    ),
    Kind.TAMPERING: Standard(
        "Stored data was altered",
        "A token's row or a sealed value is not what KeyVault wrote.",
        Severity.CRITICAL,
        always=True,
    ),
    Kind.LOG_BROKEN: Standard(
        "The audit log is broken or late",
        "The sealer reports trouble, or events are not sealed in time.",
        Severity.CRITICAL,
        quiet=_DAY,
        always=True,
    ),
    Kind.ALARM_CHANGED: Standard(
        "Alerts were changed",
        "A rule, a channel or the calendar of these alerts was changed.",
        Severity.WARNING,
        always=True,
    ),
    Kind.FAILED_WORK: Standard(
        "Work in the background did not succeed",
        "A job of the organization ended without its work done.",
        Severity.WARNING,
    ),
    Kind.EXPIRY_DUE: Standard(
        "A token expires soon",
        "30, 14, 7 and 1 days before a token expires.",
        Severity.NOTICE,
        in_production=Severity.WARNING,
        tells_owner=True,
    ),
    Kind.ROTATION_DUE: Standard(
        "A secret is due for rotation",
        "30, 14, 7 and 1 days before a secret's date, and once when it is past.",
        Severity.NOTICE,
        in_production=Severity.WARNING,
        tells_owner=True,
    ),
    Kind.BUDGET_REACHED: Standard(
        "A budget is reached",
        "What a token, a project or the organization spends at the gateway has reached its soft budget of the month.",
        Severity.WARNING,
        quiet=_DAY,
        tells_owner=True,
    ),
    Kind.SWEEP_FOUND: Standard(
        "A sweep found something",
        "A token was not used for as long as the policy says, or nobody has read a secret.",
        Severity.NOTICE,
        quiet=_DAY,
    ),
}

THRESHOLDS = (1, 100_000)
WINDOWS = (1, _DAY)  # minutes
QUIET = (0, 7 * _DAY)  # minutes
