"""Mail that no sign-in causes, with or without a request: a subject and a text from templates, in plain text."""

import logging
from collections.abc import Mapping
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

_log = logging.getLogger(__name__)


def send_mail(template: str, *, to: str, context: Mapping[str, Any]) -> bool:
    """``<template>_subject.txt`` and ``<template>_message.txt``.

    False, and a line in the log, where the mail server does not take it.
    """
    facts = {**context, "site_url": settings.KEYVAULT_URL}
    subject = " ".join(render_to_string(f"{template}_subject.txt", facts).split())
    body = render_to_string(f"{template}_message.txt", facts)
    try:
        EmailMessage(f"KeyVault: {subject}", body, to=[to]).send()
    except (SMTPException, OSError) as problem:
        _log.error("The mail %s could not be sent: %s", template, type(problem).__name__)
        return False
    return True
