"""All rows of the integration app, gathered for Django."""

from integration.continuing.models import Continuation, ContinuingPlan
from integration.papers.models import Receipt
from integration.visits.models import IntegrationSession, NextDayCall, Practice, PracticeLook

__all__ = [
    "Continuation",
    "ContinuingPlan",
    "IntegrationSession",
    "NextDayCall",
    "Practice",
    "PracticeLook",
    "Receipt",
]
