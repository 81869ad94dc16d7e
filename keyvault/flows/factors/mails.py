"""Mails about second factors, to the person whose they are: after the act, and with no secret in them."""

from allauth.account.adapter import get_adapter

from accounts.models import User


def tell_of_added(user: User, factor: str) -> None:
    _tell(user, "factor_added", {"factor": factor})


def tell_of_removed(user: User, factor: str) -> None:
    _tell(user, "factor_removed", {"factor": factor})


def tell_of_new_codes(user: User) -> None:
    _tell(user, "recovery_codes_made", {})


def tell_of_used_code(user: User, left: int) -> None:
    _tell(user, "recovery_code_used", {"left": left})


def tell_of_wrong_codes(user: User) -> None:
    _tell(user, "wrong_codes", {})


def _tell(user: User, mail: str, context: dict[str, object]) -> None:
    """To the address of the account: that of allauth's own table may be missing."""
    get_adapter().send_notification_mail(f"account/email/{mail}", user, context, email=user.email)
