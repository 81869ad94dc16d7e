"""Feedback: what people told the operators through the form that anybody may use."""

from collections.abc import Iterator
from functools import partial
from uuid import UUID

from django.contrib.admin import display
from django.db.models import Q
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import linebreaksbr
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from accounts.access import may_operate
from accounts.platform import PlatformAct
from keyvault.admin import cells
from keyvault.admin.entry import operator_of
from keyvault.admin.filters import Choice
from keyvault.admin.page import OperatorPage, posted
from keyvault.admin.parts import Act, Cell, Detail, Facts, Question
from keyvault.flows.feedback.models import Feedback, State
from keyvault.flows.feedback.services import mark_answered, target_of
from keyvault.target import Target

_BEGINNING = 80  # characters in the list
_MARKING = ("It leaves the list of what is new. KeyVault sends nothing: answer by mail, if an address stands here.",)


class StateFilter(Choice):
    title = "state"
    parameter_name = "state"
    options = {state.value: (str(state.label), partial(Q, state=state)) for state in State}


class FeedbackPage(OperatorPage):
    see = PlatformAct.SEE_FEEDBACK
    label, one = "Feedback", "message"
    about = "What people told you at /feedback, and what waits for an answer"
    nothing_found = "Nobody has written yet."

    list_display = ("sent", "status", "beginning", "sender", "answer_to")
    list_filter = (StateFilter,)
    search_fields = ("by", "answer_to")
    search_help_text = "Email address"
    ordering = ("-id",)

    @display(description="Sent", ordering="id")
    def sent(self, feedback: Feedback) -> SafeString:
        return cells.moment(feedback.at)

    @display(description="State", ordering="state")
    def status(self, feedback: Feedback) -> SafeString:
        return badge(feedback)

    @display(description="Text")
    def beginning(self, feedback: Feedback) -> str:
        return Truncator(feedback.text).chars(_BEGINNING)

    @display(description="Signed in as", ordering="by")
    def sender(self, feedback: Feedback) -> Cell:
        return feedback.by or cells.NOTHING

    def targets(self, row: Feedback) -> list[Target]:
        return [target_of(row)]

    def detail(self, request: HttpRequest, row: Feedback) -> Detail:
        facts: list[tuple[str, Cell]] = [
            ("Sent", cells.moment(row.at)),
            ("Signed in as", row.by or "Nobody"),
            ("Answer to", row.answer_to or cells.NOTHING),
            ("Text", linebreaksbr(row.text)),
        ]
        return Detail("Feedback", badge(row), [Facts("Message", facts)], acts=[*self._acts(request, row)])

    def act_urls(self) -> list[URLPattern]:
        view = self.guarded(self.answer_view)
        return [path("<uuid:object_id>/answered", view, name=self.url_name("answered"))]

    def answer_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        row: Feedback = self.of_act(request, object_id, PlatformAct.ANSWER_FEEDBACK)
        question = Question("Mark as answered?", "Answered", self.address("change", row.pk), _MARKING)
        return self.do(request, question, Form(posted(request)), partial(mark_answered, feedback=row))

    def _acts(self, request: HttpRequest, row: Feedback) -> Iterator[Act]:
        if row.state == State.NEW and may_operate(operator_of(request), PlatformAct.ANSWER_FEEDBACK):
            yield Act("Answered", self.address("answered", row.pk))


def badge(feedback: Feedback) -> SafeString:
    return cells.badge(feedback.get_state_display(), "warn" if feedback.state == State.NEW else "ok")
