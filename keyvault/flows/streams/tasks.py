"""What beat asks for: each stream that is due gets a task of its own, so that a slow one holds up no other."""

from uuid import UUID

from celery import shared_task

from keyvault.flows.streams import feeding
from keyvault.flows.streams.models import Stream


@shared_task(name="keyvault.flows.streams.tasks.look", expires=10)
def look() -> None:
    for stream_id in Stream.objects.due().order_by("retry_at").values_list("pk", flat=True):
        feed.delay(str(stream_id))


@shared_task(name="keyvault.flows.streams.tasks.feed", expires=60)
def feed(stream_id: str) -> None:
    feeding.feed(UUID(stream_id))
