from django.urls import path

from sessions.visits.views import booking, changing, passing, preparing, schedule

app_name = "visits"
urlpatterns = [
    path("", schedule.schedule, name="schedule"),
    path("new/<uuid:ref>/", booking.book, name="book"),
    path("new/<uuid:ref>/series/", booking.book_series, name="book_series"),
    path("<uuid:ref>/", schedule.visit, name="visit"),
    path("<uuid:ref>/move/", changing.move, name="move"),
    path("<uuid:ref>/cancel/", changing.cancel, name="cancel"),
    path("<uuid:ref>/missed/", changing.miss, name="miss"),
    path("<uuid:ref>/arrived/", passing.arrive, name="arrive"),
    path("<uuid:ref>/start/", passing.start, name="start"),
    path("<uuid:ref>/complete/", passing.complete, name="complete"),
    path("<uuid:ref>/preparation/", preparing.preparation, name="preparation"),
]
