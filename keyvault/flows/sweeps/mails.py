"""Mail that sweeps cause: a job for each recipient, in the transaction of what it tells."""

from uuid import UUID

from django.db.models import Q

from keyvault.actor import Actor, Role
from keyvault.errors import Unavailable
from keyvault.flows.mail import send_mail
from keyvault.jobs.registry import handles
from keyvault.jobs.services import enqueue
from orgs.models import Membership
from orgs.querysets import MembershipQuerySet
from tokens.models import AccessToken
from tokens.staleness import PAUSED_AFTER, REVOKED_AFTER

TELL_OF_TOKEN = "sweeps.tell-of-token"  # noqa: S105 - the name of a kind of job


def tell_of_token(mail: str, token: AccessToken) -> None:
    """To whoever owns the token or answers for it; where that is nobody, to owners and admins."""
    for membership in _answering_for(token):
        arguments = {"mail": mail, "token": str(token.pk), "membership": str(membership.pk)}
        enqueue(TELL_OF_TOKEN, arguments=arguments, author=None)


def leading(org_id: UUID) -> MembershipQuerySet:
    """The owners and admins of an organization."""
    rows = Membership.objects.acting().filter(org_id=org_id, role__in=[Role.OWNER, Role.ADMIN])
    return rows.select_related("user", "org")


@handles(TELL_OF_TOKEN)
def tell(*, actor: Actor, mail: str, token: str, membership: str) -> None:
    """Nothing to say where either is gone. Raises Unavailable, to be tried again, where no mail is taken."""
    found = AccessToken.objects.unrevoked().select_related("org", "review", "use").filter(pk=token).first()
    to = Membership.objects.acting().select_related("user").filter(pk=membership).first()
    if found is None or to is None:
        return
    review = found.review
    context = {
        "token": found,
        "organization": found.org.name,
        "slug": found.org.slug,
        "last_used": getattr(getattr(found, "use", None), "last_at", None),
        "pause_on": review.noticed_at + PAUSED_AFTER if review.noticed_at else None,
        "revoke_on": review.paused_at + REVOKED_AFTER if review.paused_at else None,
    }
    if not send_mail(f"sweeps/email/{mail}", to=to.user.email, context=context):
        raise Unavailable("The mail server takes no mail.", rule="no-mail")


def _answering_for(token: AccessToken) -> list[Membership]:
    named = Q(pk=token.membership_id) | Q(pk=token.keeper_id)
    rows = Membership.objects.acting().filter(named, org_id=token.org_id)
    return list(rows) or list(leading(token.org_id))
