"""All rows of the integration app, gathered for Django."""

from integration.continuing.models import Continuation, ContinuingPlan
from integration.visits.models import IntegrationSession, NextDayCall, Practice, PracticeLook

__all__ = [
    "Continuation",
    "ContinuingPlan",
    "IntegrationSession",
    "NextDayCall",
    "Practice",
    "PracticeLook",
]
