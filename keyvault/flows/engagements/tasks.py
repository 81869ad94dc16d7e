"""What beat asks for."""

from celery import shared_task

from keyvault.flows.engagements.due import look_at_engagements


@shared_task(name="keyvault.flows.engagements.tasks.look", expires=3600)
def look() -> None:
    look_at_engagements()
