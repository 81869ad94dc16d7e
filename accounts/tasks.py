"""What beat asks for."""

from celery import shared_task

from accounts.services.sessions import forget_old_sessions
from accounts.services.sign_ins import forget_old_sign_ins


@shared_task(name="accounts.tasks.forget_old_sessions")
def forget() -> None:
    forget_old_sessions()


@shared_task(name="accounts.tasks.forget_old_sign_ins")
def forget_sign_ins() -> None:
    forget_old_sign_ins()
