"""An alert as a mail: text and HTML from the same facts."""

from smtplib import SMTPException, SMTPRecipientsRefused, SMTPSenderRefused

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from alerts.models import Delivery
from alerts.recipients import recipients_of
from alerts.sending.message import Message
from alerts.sending.outcome import Failed


def send_mail(message: Message) -> None:
    """Raises Failed."""
    to = recipients_of(message.delivery)
    if not to:
        raise Failed("Nobody is left to send it to.")
    context = {"message": message, "test": message.delivery.test}
    subject = " ".join(render_to_string("alerts/email/alert_subject.txt", context).split())
    text = render_to_string("alerts/email/alert.txt", context)
    mail = EmailMultiAlternatives(f"KeyVault: {subject}"[:200], text, to=to, headers=_headers(message.delivery))
    mail.attach_alternative(render_to_string("alerts/email/alert.html", context), "text/html")
    try:
        mail.send()
    except (SMTPRecipientsRefused, SMTPSenderRefused):
        raise Failed("The mail server refused the recipients or the sender.") from None
    except (SMTPException, OSError) as problem:
        raise Failed(f"The mail server did not take it ({type(problem).__name__}).") from None


def _headers(delivery: Delivery) -> dict[str, str]:
    """Known to be a machine's, so that no absence is announced to it; a second copy has the same id."""
    return {"Auto-Submitted": "auto-generated", "X-KeyVault-Delivery": str(delivery.pk)}
