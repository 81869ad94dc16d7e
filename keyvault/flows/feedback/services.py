"""Telling the operators something, and marking it answered."""

import re
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from accounts.access import INSTALLATION, require_operator
from accounts.platform import PlatformAct
from accounts.services.platform_roles import hold_operator
from audit.services import record, record_folded
from keyvault.actor import Actor, ActorType
from keyvault.errors import Conflict, Invalid
from keyvault.flows.feedback.models import LONGEST, Feedback, State
from keyvault.flows.feedback.telling import tell_operators
from keyvault.flows.leaks.limits import count_feedback
from keyvault.flows.leaks.reading import tokens_in
from keyvault.target import Ref, Target
from orgs import scim_format

SEND = "feedback:send"
_SCIM = re.compile(r"kvscim_[0-9A-Za-z]{36}")
TOKEN_RULE = "feedback-holds-a-token"  # noqa: S105 - the name of a rule


def send_feedback(*, actor: Actor, text: str, answer_to: str = "") -> Feedback:
    """For anybody, signed in or not. Raises Invalid and TooManyRequests.

    The event says how long it is. A text with a token in it is refused: operators would read it.
    """
    count_feedback(actor.origin)
    _require_text(actor, text, answer_to)
    by = actor.name if actor.type is ActorType.PERSON else ""
    with transaction.atomic(durable=True):
        sent = Feedback.objects.create(text=text.strip(), answer_to=answer_to, by=by, at=timezone.now())
        tell_operators()
        facts = {"characters": len(sent.text), "answer_wanted": bool(answer_to)}
        record(SEND, actor=actor, on=target_of(sent), details={**facts})
    return sent


def holds_token(text: str) -> bool:
    """Of any kind of ours, directories' too."""
    return bool(tokens_in(text)) or any(map(scim_format.is_well_formed, _SCIM.findall(text)))


def mark_answered(*, actor: Actor, feedback: Feedback) -> Feedback:
    """Raises NotAllowed, and Conflict where it is marked already."""
    on = target_of(feedback)
    require_operator(actor, PlatformAct.ANSWER_FEEDBACK, on)
    with transaction.atomic(durable=True):
        by = hold_operator(actor, PlatformAct.ANSWER_FEEDBACK)
        held = Feedback.objects.select_for_update().get(pk=feedback.pk)
        if held.state == State.ANSWERED:
            raise Conflict("It is marked as answered already.", rule="feedback-answered")
        held.state = State.ANSWERED
        held.save(update_fields=["state"])
        record(PlatformAct.ANSWER_FEEDBACK, actor=by, on=on)
    return held


def target_of(feedback: Feedback) -> Target:
    return replace(INSTALLATION, about=Ref(feedback.pk, "feedback"))


def _require_text(actor: Actor, text: str, answer_to: str) -> None:
    if not text.strip() or len(text) > LONGEST:
        raise Invalid(f"Write something, in at most {LONGEST} characters.", rule="feedback-length")
    if holds_token(f"{text}\n{answer_to}"):
        record_folded(SEND, origin=actor.origin, reason=TOKEN_RULE)
        raise Invalid(
            "This looks like a KeyVault token, so nothing was sent or kept.",
            rule=TOKEN_RULE,
            remedy="Revoke it; if it is not yours, POST it to /found instead. Then write again, without it.",
            extra={"field": "text"},
        )
