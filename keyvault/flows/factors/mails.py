"""Mails about second factors, to the person whose they are: after the act, and with no secret in them."""

from django.utils import timezone

from accounts.models import User
from keyvault.actor import Origin
from keyvault.flows.mail import send_mail


def tell_of_added(user: User, factor: str, *, origin: Origin) -> None:
    _tell(user, "factor_added", origin, factor=factor)


def tell_of_removed(user: User, factor: str, *, origin: Origin) -> None:
    _tell(user, "factor_removed", origin, factor=factor)


def tell_of_new_codes(user: User, *, origin: Origin) -> None:
    _tell(user, "recovery_codes_made", origin)


def tell_of_used_code(user: User, left: int, *, origin: Origin) -> None:
    _tell(user, "recovery_code_used", origin, left=left)


def tell_of_wrong_codes(user: User, *, origin: Origin) -> None:
    _tell(user, "wrong_codes", origin)


def tell_of_new_device(user: User, *, origin: Origin) -> None:
    _tell(user, "new_device", origin)


def tell_of_reset(user: User, *, by: str = "") -> None:
    """``by`` an owner, if nobody else is said. From where they did it is not the person's to know."""
    send_mail("account/email/factors_reset", to=user.email, context={"by": by})


def _tell(user: User, mail: str, origin: Origin, **facts: object) -> None:
    """The frame of these mails is that of allauth's, which the ones about passwords share."""
    context = {"timestamp": timezone.now(), "ip": origin.address, "user_agent": origin.agent, **facts}
    send_mail(f"account/email/{mail}", to=user.email, context=context)
