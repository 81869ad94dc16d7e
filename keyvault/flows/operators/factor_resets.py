"""Taking somebody's second factors away where no owner can: a day after all who are concerned were told of it.

Whoever may do that stands between an attacker who knows a password and the account. So nothing happens at once: the
person and the owners of their organizations get a mail, and a factor that is used within the day stops it, because then
it was not lost. Nobody asks for it for themselves; for an operator only super admins do.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django_otp_webauthn.models import WebAuthnCredential

from accounts.access import INSTALLATION, may_operate, not_permitted, operator, platform_roles_of, require_operator
from accounts.homes import homes_of
from accounts.models import FactorReset, RecoveryCode, TotpDevice, User
from accounts.platform import PlatformAct
from accounts.services.factors import has_factor
from accounts.services.platform_roles import hold_operator
from accounts.services.sessions import FACTORS_RESET, end_sessions
from audit.services import JSON, Outcome, record, record_many
from keyvault.actor import Actor, Origin, Role
from keyvault.errors import Conflict, KeyVaultError, NotAllowed
from keyvault.flows.factors.mails import tell_of_reset
from keyvault.flows.factors.reset import take_away
from keyvault.flows.mail import send_mail
from keyvault.jobs.services import enqueue
from keyvault.target import Target
from orgs.models import Membership

WAIT = dt.timedelta(hours=24)
DONE, WITHDRAWN, USED, NO_OPERATOR = "done", "withdrawn", "a factor was used", "asked for by nobody who may any more"
JOB = "operators.reset_factors"
TELL = "operators.tell_of_factor_reset"


def ask_for_factor_reset(*, actor: Actor, user: User) -> FactorReset:
    """Due a day later. Raises NotAllowed, and Conflict where there is none to take away or it was asked for already."""
    targets = _targets(user)
    require_operator(actor, PlatformAct.RESET_FACTORS, *targets)
    try:
        with transaction.atomic(durable=True):
            held = hold_operator(actor, PlatformAct.RESET_FACTORS)
            _require_may_reset(held, user)
            reset = _begin(held, user)
            record_many(PlatformAct.RESET_FACTORS, actor=held, on=targets, details={"due_at": reset.due_at.isoformat()})
    except (NotAllowed, Conflict) as refused:
        _record_refusal(actor, targets, refused)
        raise
    return reset


def withdraw_factor_reset(*, actor: Actor, user: User) -> None:
    """Raises NotAllowed, and Conflict where nothing is due."""
    targets = _targets(user)
    require_operator(actor, PlatformAct.RESET_FACTORS, *targets)
    try:
        with transaction.atomic(durable=True):
            held = hold_operator(actor, PlatformAct.RESET_FACTORS)
            reset = FactorReset.objects.select_for_update().filter(user=user, ended_at=None).first()
            if reset is None:
                raise Conflict("No reset of second factors is due.", rule="no-factor-reset")
            _end(held, reset, WITHDRAWN)
    except (NotAllowed, Conflict) as refused:
        _record_refusal(actor, targets, refused)
        raise


def due_reset_of(user: User) -> FactorReset | None:
    return FactorReset.objects.filter(user=user, ended_at=None).first()


def carry_out(*, actor: Actor, reset_id: UUID) -> None:
    """What the job does, in the product's own name. Nothing, where it was withdrawn; done twice, nothing more."""
    with transaction.atomic(durable=True):
        reset = FactorReset.objects.select_for_update().filter(pk=reset_id, ended_at=None).first()
        if reset is None or reset.due_at > timezone.now():
            return
        user = User.objects.select_for_update(no_key=True).get(pk=reset.user_id)
        stopped = _stopped(reset, user)
        if not stopped:
            take_away(user)
            end_sessions(actor=actor, user=user, cause=FACTORS_RESET)
        _end(actor, reset, stopped or DONE)
    if not stopped:
        tell_of_reset(user, by="An operator of this installation")


def tell(*, reset_id: UUID) -> None:
    """The person, and the owners of each organization that they are in."""
    reset = FactorReset.objects.select_related("user").filter(pk=reset_id, ended_at=None).first()
    if reset is None:
        return
    owners = Membership.objects.acting().filter(role=Role.OWNER, org_id__in=[org.id for org in homes_of(reset.user_id)])
    addresses = {reset.user.email, *owners.values_list("user__email", flat=True)}
    for address in sorted(addresses):
        send_mail("account/email/factor_reset_due", to=address, context={"reset": reset, "person": reset.user})


def _begin(actor: Actor, user: User) -> FactorReset:
    if actor.id is None:
        raise NotAllowed("A person asks for it.", rule="operators-only")
    if not has_factor(user):
        raise Conflict("The person has no second factor.", rule="no-second-factor")
    now = timezone.now()
    try:
        with transaction.atomic():
            reset = FactorReset.objects.create(
                user=user, asked_by_id=actor.id, asked_by=actor.name[:254], asked_at=now, due_at=now + WAIT
            )
    except IntegrityError:
        raise Conflict("A reset is due already.", rule="factor-reset-due") from None
    enqueue(TELL, arguments={"reset": str(reset.pk)}, author=None)
    enqueue(JOB, arguments={"reset": str(reset.pk)}, author=None, run_after=reset.due_at)
    return reset


def _require_may_reset(actor: Actor, user: User) -> None:
    if actor.id == user.pk:
        raise NotAllowed("Your own factors you change yourself.", rule="own-factors", remedy="See your account.")
    if platform_roles_of(user) and not may_operate(actor, PlatformAct.CHANGE_ROLES):
        raise not_permitted()


def _stopped(reset: FactorReset, user: User) -> str:
    """Why it must not be done, a day later; empty where it must."""
    asker = User.objects.filter(pk=reset.asked_by_id).first()
    if asker is None or not may_operate(operator(asker, origin=Origin()), PlatformAct.RESET_FACTORS):
        return NO_OPERATOR
    return USED if _used_since(user, reset.asked_at) else ""


def _used_since(user: User, moment: dt.datetime) -> bool:
    used = Q(user=user, last_used_at__gt=moment)
    spent = RecoveryCode.objects.filter(sheet__user=user, used_at__gt=moment)
    return any(
        rows.exists() for rows in (TotpDevice.objects.filter(used), WebAuthnCredential.objects.filter(used), spent)
    )


def _end(actor: Actor, reset: FactorReset, outcome: str) -> None:
    reset.ended_at, reset.outcome = timezone.now(), outcome
    reset.save(update_fields=["ended_at", "outcome"])
    details: dict[str, JSON] = {"ended": outcome, "asked_by": reset.asked_by}
    record_many(PlatformAct.RESET_FACTORS, actor=actor, on=_targets(reset.user), details=details)


def _record_refusal(actor: Actor, targets: Sequence[Target], refused: KeyVaultError) -> None:
    outcome = Outcome.DENIED if isinstance(refused, NotAllowed) else Outcome.ERROR
    for target in targets:
        record(PlatformAct.RESET_FACTORS, actor=actor, on=target, outcome=outcome, reason=refused.rule)


def _targets(user: User) -> list[Target]:
    homes = homes_of(user.pk)
    return [Target(org=org, about=user.ref) for org in homes] or [replace(INSTALLATION, about=user.ref)]
