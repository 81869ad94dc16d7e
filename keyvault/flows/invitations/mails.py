"""The mail of an invitation. Its link holds the code, and is the only place that does."""

from keyvault.flows.adapter import link
from keyvault.flows.mail import send_mail
from orgs.services.invitations import Invited


def send_invitation(invited: Invited) -> bool:
    """After the commit. False where the mail server does not take it: the invitation can be sent again."""
    invitation = invited.invitation
    context = {
        "invitation": invitation,
        "organization": invitation.org.name,
        "inviter": invitation.inviter.user,
        "accept_url": link("invitation-link", code=invited.code),
    }
    return send_mail("orgs/email/invitation", to=invitation.email, context=context)
