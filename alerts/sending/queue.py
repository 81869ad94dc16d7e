"""The job of an attempt: it names the delivery and which attempt it is, so that one done twice is done once."""

from django.utils import timezone

from alerts.models import Delivery
from keyvault.jobs.services import enqueue

DELIVER = "alerts.deliver"


def enqueue_attempt(delivery: Delivery) -> None:
    """Not before the delivery is due; in the transaction that says when that is."""
    arguments = {"delivery": str(delivery.pk), "attempt": delivery.attempts}
    later = delivery.due_at if delivery.due_at > timezone.now() else None
    enqueue(DELIVER, arguments=arguments, author=None, run_after=later)
