from django.urls import path

from integration.visits.views import due, visit

app_name = "integration"
urlpatterns = [
    path("due/", due.due, name="due"),
    path("calls/<uuid:ref>/", due.call, name="call"),
    path("<uuid:ref>/", visit.visit, name="visit"),
    path("<uuid:ref>/start/", visit.start, name="start"),
    path("<uuid:ref>/note/", visit.note, name="note"),
]
