"""Mail of the embedded default: a private file for each message, and the way to it in the log. Nothing is sent."""

import logging
import re
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from keyvault.ids import uuid7
from keyvault.processes.private import make_private_folder, write_private

_log = logging.getLogger(__name__)
_LINK = re.compile(r"https?://\S+")


class FileAndLogBackend(BaseEmailBackend):
    """For one machine in front of you: the link is printed where you look. Never configured in production."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = make_private_folder(Path(settings.EMAIL_FILE_PATH))
        for message in email_messages:
            path = folder / f"{uuid7()}.eml"
            write_private(path, message.message().as_string())
            link = _LINK.search(str(message.body))
            _log.info("Mail in %s%s", path, f", its link: {link[0]}" if link else "")
        return len(email_messages)
