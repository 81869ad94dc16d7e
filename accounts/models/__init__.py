"""People and how they sign in."""

from accounts.models.devices import RECOVERY_CODES, RecoveryCode, RecoveryCodes, TotpDevice
from accounts.models.factor_reset import FactorReset
from accounts.models.session import BrowserSession
from accounts.models.sign_in import SignIn
from accounts.models.user import People, User

__all__ = [
    "RECOVERY_CODES",
    "BrowserSession",
    "FactorReset",
    "People",
    "RecoveryCode",
    "RecoveryCodes",
    "SignIn",
    "TotpDevice",
    "User",
]
