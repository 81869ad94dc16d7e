"""When super admins get a mail: for what comes first at once, for what follows once an hour."""

import datetime as dt

from django.db import connection
from django.utils import timezone

from keyvault.actor import system
from keyvault.ids import uuid7_floor
from keyvault.jobs.models import Job, State
from keyvault.jobs.services import enqueue

TELL = "feedback.tell"

_APART = dt.timedelta(hours=1)


def tell_operators() -> None:
    """In the transaction of what is new, one at a time. A mail that waits already tells of it too: it is held until
    this is committed, so that no worker counts before.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [TELL])
    jobs = Job.objects.filter(kind=TELL)
    if jobs.select_for_update().filter(state=State.QUEUED).first():
        return
    now = timezone.now()
    lately = jobs.filter(pk__gt=uuid7_floor(now - 2 * _APART))  # one that waits its turn was made up to an hour before
    last = lately.order_by("-id").first()
    due = last.run_after + _APART if last else now
    enqueue(TELL, arguments={}, author=system("feedback"), run_after=due if due > now else None)
