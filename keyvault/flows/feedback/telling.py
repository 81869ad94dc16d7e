"""When super admins get a mail: for what comes first at once, for what follows once an hour."""

import datetime as dt

from django.utils import timezone

from keyvault.actor import system
from keyvault.ids import uuid7_floor
from keyvault.jobs.models import Job, State
from keyvault.jobs.services import enqueue

TELL = "feedback.tell"

_APART = dt.timedelta(hours=1)


def tell_operators() -> None:
    """In the transaction of what is new. A mail that waits already tells of it too."""
    jobs = Job.objects.filter(kind=TELL)
    if jobs.filter(state=State.QUEUED).exists():
        return
    now = timezone.now()
    lately = jobs.filter(pk__gt=uuid7_floor(now - 2 * _APART))  # one that waits its turn was made up to an hour before
    last = lately.order_by("-id").first()
    due = last.run_after + _APART if last else now
    enqueue(TELL, arguments={}, author=system("feedback"), run_after=due if due > now else None)
