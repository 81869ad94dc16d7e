"""``/privacy`` and ``/terms``, for anybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from keyvault.flows.public_texts.models import Name
from keyvault.flows.public_texts.reading import blocks_of, in_force


@never_cache
@require_safe
def public_text(request: HttpRequest, name: Name) -> HttpResponse:
    """Who edited it stands in the admin and in the log, and is nobody else's business."""
    text = in_force(name)
    return render(request, "public_text.html", {"title": name.label, "blocks": blocks_of(text.text), "at": text.at})
