"""Changing what everybody is told."""

from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from accounts.access import INSTALLATION, require_operator
from accounts.platform import PlatformAct
from accounts.services.platform_roles import hold_operator
from audit.services import record
from keyvault.actor import Actor
from keyvault.errors import Invalid
from keyvault.flows.public_texts.models import LONGEST, Name, PublicText
from keyvault.target import Ref


def edit_public_text(*, actor: Actor, name: Name, text: str) -> PublicText:
    """From the next request on; empty, it is the text that KeyVault brings. Raises NotAllowed and Invalid."""
    require_operator(actor, PlatformAct.EDIT_PUBLIC_TEXT)
    if len(text) > LONGEST:
        raise Invalid(f"The text is longer than {LONGEST} characters.", rule="public-text-too-long")
    with transaction.atomic(durable=True):
        held = hold_operator(actor, PlatformAct.EDIT_PUBLIC_TEXT)
        edited = PublicText.objects.create(name=name, text=text.strip(), by=held.name, at=timezone.now())
        on = replace(INSTALLATION, about=Ref(edited.pk, name.value))
        record(PlatformAct.EDIT_PUBLIC_TEXT, actor=held, on=on, details={"characters": len(edited.text)})
    return edited
