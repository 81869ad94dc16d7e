"""What beat asks for."""

from celery import shared_task

from keyvault.flows.sweeps.runner import look_at_sweeps


@shared_task(name="keyvault.flows.sweeps.tasks.look", expires=60)
def look() -> None:
    look_at_sweeps()
