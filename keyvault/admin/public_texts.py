"""Privacy and terms: what everybody reads, who wrote it when, and a form to write it anew."""

from functools import partial
from typing import Any

from django.forms import CharField, Form, Textarea
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from accounts.access import may_operate, require_operator
from accounts.platform import PlatformAct
from keyvault.admin import cells
from keyvault.admin.entry import operator_of
from keyvault.admin.page import posted
from keyvault.admin.parts import Act, Cell, Detail, Facts, Question, Table
from keyvault.admin.single import SinglePage
from keyvault.errors import NotFound
from keyvault.flows.public_texts.models import LONGEST, Name, PublicText
from keyvault.flows.public_texts.reading import in_force
from keyvault.flows.public_texts.services import edit_public_text

_SHOWN = 50
_EDITING = (
    "Everybody can read it, signed in or not.",
    "A blank line ends a paragraph, “# ” begins a heading, “- ” an item of a list. HTML is shown as typed.",
    "Empty, it is the text that KeyVault brings.",
)


class TextForm(Form):
    text = CharField(required=False, max_length=LONGEST, widget=Textarea(attrs={"rows": 24, "cols": 90}))


class PublicTextsPage(SinglePage):
    see = PlatformAct.SEE_PUBLIC_TEXTS
    label, one = "Privacy and terms", "edit"
    about = "What everybody reads at /privacy and /terms, and who wrote it"

    def look(self, request: HttpRequest) -> Detail:
        edits: list[list[Cell]] = [
            [edit.get_name_display(), cells.moment(edit.at), edit.by, len(edit.text)]
            for edit in PublicText.objects.all()[:_SHOWN]
        ]
        columns = ("Text", "When", "By", "Characters")
        table = Table("Edits", columns, edits, "None: both are the texts that KeyVault brings.")
        return Detail(self.label, "", [_state(name) for name in Name], [table], self._acts(request))

    def get_urls(self) -> list[URLPattern]:
        view = self.guarded(self.edit_view)
        return [*super().get_urls(), path("<slug:text>/edit", view, name=self.url_name("edit"))]

    def edit_view(self, request: HttpRequest, text: str) -> HttpResponse:
        require_operator(operator_of(request), PlatformAct.EDIT_PUBLIC_TEXT)
        if text not in Name.values:
            raise NotFound
        name = Name(text)
        question = Question(f"Edit {name.label.lower()}", "Publish", self.address("changelist"), _EDITING)
        form = TextForm(posted(request), initial={"text": in_force(name).text})
        return self.do(request, question, form, partial(edit_public_text, name=name))

    def _acts(self, request: HttpRequest) -> list[Act]:
        may = may_operate(operator_of(request), PlatformAct.EDIT_PUBLIC_TEXT)
        return [Act(f"Edit {name.label.lower()}", self.address("edit", name.value)) for name in Name] if may else []


def _state(name: Name) -> Facts:
    text: Any = in_force(name)
    rows: list[tuple[str, Cell]] = [
        ("Address", reverse(name.value)),
        ("Text", "An operator's" if text.at else "The one that KeyVault brings"),
        ("Edited", cells.moment(text.at)),
        ("By", text.by or cells.NOTHING),
    ]
    return Facts(str(name.label), rows)
