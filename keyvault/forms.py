"""Between a form and a service: what the service finds wrong is said at its field, or at the page's head."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest

from keyvault.errors import Conflict, Invalid

Done = TypeVar("Done")


def tried(form: Form, act: Callable[[], Done], fields: Mapping[str, str] = {}) -> Done | None:
    """None where the form is not sent, not valid, or the service finds it wrong: then it says why, at its field.

    ``fields`` are the form's names for those of the service, where they differ. What is not allowed is no fault of the
    form's, and becomes the page of a refusal.
    """
    if not form.is_valid():
        return None
    try:
        return act()
    except (Invalid, Conflict) as refused:
        said = str(refused.extra.get("field", ""))
        field = fields.get(said, said)
        sentence = ValidationError(f"{refused.detail} {refused.remedy}".strip(), code=refused.rule)
        form.add_error(field if field in form.fields else None, sentence)
        return None


def told(request: HttpRequest, form: Form | None, act: Callable[[], object], done: str) -> None:
    """For an act beside others on a page: what came of it is said at the page's head."""
    if form is not None and not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return
    try:
        act()
    except (Invalid, Conflict) as refused:
        messages.error(request, f"{refused.detail} {refused.remedy}".strip())
    else:
        messages.success(request, done)
