"""Every page of the admin, in the order of its menu. Whoever adds one names it here and in the matrix of roles."""

from django.contrib import admin
from django.db import models

from accounts.models import User
from alerts.models import Delivery
from audit.models import Event, Verification
from gateway.models import CatalogueModel, Limit, McpServer, Upstream, Usage
from keyvault.admin.connections import ConnectionsPage
from keyvault.admin.deliveries import DeliveriesPage
from keyvault.admin.domains import DomainsPage
from keyvault.admin.events import EventsPage
from keyvault.admin.feedback import FeedbackPage
from keyvault.admin.gateway.budgets import BudgetsPage
from keyvault.admin.gateway.mcp import McpPage
from keyvault.admin.gateway.models import ModelsPage
from keyvault.admin.gateway.providers import ProvidersPage
from keyvault.admin.gateway.usage import UsagePage
from keyvault.admin.jobs import JobsPage
from keyvault.admin.organizations import OrganizationsPage
from keyvault.admin.page import OperatorPage
from keyvault.admin.people import PeoplePage
from keyvault.admin.proof import ProofPage
from keyvault.admin.public_texts import PublicTextsPage
from keyvault.admin.sweeps import SweepsPage
from keyvault.admin.tokens import TokensPage
from keyvault.flows.feedback.models import Feedback
from keyvault.flows.public_texts.models import PublicText
from keyvault.flows.sweeps.models import SweepRun
from keyvault.jobs.models import Job
from orgs.models import Connection, Domain, Organization
from tokens.models import AccessToken

PAGES: tuple[tuple[type[models.Model], type[OperatorPage]], ...] = (
    (User, PeoplePage),
    (AccessToken, TokensPage),
    (Organization, OrganizationsPage),
    (Connection, ConnectionsPage),
    (Domain, DomainsPage),
    (Upstream, ProvidersPage),
    (CatalogueModel, ModelsPage),
    (McpServer, McpPage),
    (Usage, UsagePage),
    (Limit, BudgetsPage),
    (Event, EventsPage),
    (Verification, ProofPage),
    (Job, JobsPage),
    (Delivery, DeliveriesPage),
    (SweepRun, SweepsPage),
    (PublicText, PublicTextsPage),
    (Feedback, FeedbackPage),
)


def register() -> None:
    for model, page in PAGES:
        admin.site.register(model, page)
