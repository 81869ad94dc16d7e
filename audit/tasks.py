"""The log's daily care."""

from celery import shared_task

from audit import partitions


@shared_task(name="audit.tasks.make_partitions", expires=3600)
def make_partitions() -> None:
    partitions.make_ahead()
