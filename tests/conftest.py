"""Servers, database and key ring of a test run. Django is set up after the environment is."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import django
import hypothesis
import pytest
from django.conf import settings
from pytest_django import DjangoDbBlocker

from tests.databases import drop_template, worker_database
from tests.servers import environment_for_tests

_run = ExitStack()

# Whether the machine is slow today is no finding.
hypothesis.settings.register_profile("here", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("here")


def pytest_configure(config: pytest.Config) -> None:
    """In the run's first process; the workers find the environment made."""
    if not hasattr(config, "workerinput"):
        _run.enter_context(environment_for_tests())
    os.environ["DJANGO_SETTINGS_MODULE"] = "keyvault.settings"
    django.setup()


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    if "KEYVAULT_EMBEDDED" not in os.environ and settings.configured:
        drop_template()
    _run.close()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, worker_id: str
) -> Iterator[None]:
    with django_db_blocker.unblock(), worker_database(worker_id):
        yield


@pytest.fixture(autouse=True)
def _log_begins_here() -> None:
    from tests import log  # its models need Django, which is set up after this module

    log.begin()
