"""The mail that says how much waits for an answer. What people wrote is read in the admin and travels nowhere."""

from accounts.models import User
from keyvault.actor import Actor, PlatformRole
from keyvault.errors import Unavailable
from keyvault.flows.feedback.models import Feedback, State
from keyvault.flows.feedback.telling import TELL
from keyvault.flows.mail import send_mail
from keyvault.jobs.registry import handles


@handles(TELL)
def tell(*, actor: Actor) -> None:
    """To each super admin. Raises Unavailable, to be tried again, where no mail was taken."""
    waiting = Feedback.objects.filter(state=State.NEW).count()
    admins = User.objects.filter(is_active=True, is_staff=True, groups__name=PlatformRole.SUPER_ADMIN.value)
    addresses = list(admins.values_list("email", flat=True)) if waiting else []
    sent = [send_mail("feedback/email/waiting", to=address, context={"waiting": waiting}) for address in addresses]
    if sent and not any(sent):
        raise Unavailable("The mail server takes no mail.", rule="no-mail")
