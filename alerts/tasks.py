"""What beat asks for. Each does only what is due, and doing it twice or at once with another is doing it once."""

from celery import shared_task

from alerts.services.defaults import make_default_channels
from alerts.watching.again import tell_of_more
from alerts.watching.budgets import look_at_budgets
from alerts.watching.evaluating import watch
from alerts.watching.forgetting import forget
from alerts.watching.logkeeping import look_at_log


@shared_task(name="alerts.tasks.look", expires=30)
def look() -> None:
    make_default_channels()
    watch()
    look_at_budgets()
    tell_of_more()


@shared_task(name="alerts.tasks.look_at_the_log", expires=60)
def look_at_the_log() -> None:
    look_at_log()


@shared_task(name="alerts.tasks.forget_old", expires=3600)
def forget_old() -> None:
    forget()
