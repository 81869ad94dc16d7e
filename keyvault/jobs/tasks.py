"""The Celery messages: nudges that carry a row's key and nothing else."""

from uuid import UUID

from celery import shared_task

from keyvault.jobs import runner


@shared_task(name="keyvault.jobs.tasks.run")
def run(job_id: str) -> None:
    runner.run(UUID(job_id))


@shared_task(name="keyvault.jobs.tasks.sweep", expires=60)
def sweep() -> None:
    """Sent by beat; what waits unread for a minute is replaced by the next one."""
    runner.sweep()
