"""Addresses under /sessions/<ref>/ of the session itself and its live sheet."""

from django.urls import path

from sessions.dosing.views import alerts, doses, entries, live, session

app_name = "dosing"
urlpatterns = [
    path("", session.session, name="session"),
    path("closing/", session.close, name="close"),
    path("moves/<slug:to>/", session.move, name="move"),
    path("live/", live.live, name="live"),
    path("live/now/", live.now, name="now"),
    path("live/entries/", live.tap, name="tap"),
    path("live/notes/", live.note, name="note"),
    path("live/entries/<uuid:entry_ref>/detail/", live.add_to, name="add_to"),
    path("live/entries/<uuid:entry_ref>/strike/", entries.strike, name="strike"),
    path("live/vitals/", entries.vitals, name="vitals"),
    path("live/vitals/<uuid:vitals_ref>/correction/", entries.correct_vitals, name="correct_vitals"),
    path("live/kap-dr/", entries.kap_dr, name="kap_dr"),
    path("live/signs/", entries.observe, name="observe"),
    path("live/touch/", entries.touch, name="touch"),
    path("live/missed/", entries.explain, name="explain"),
    path("live/help/", entries.get_help, name="help"),
    path("live/dose/", doses.dose, name="dose"),
    path("live/dose/seen/", doses.seen, name="seen"),
    path("live/dose/<uuid:entry_ref>/witness/", doses.witness, name="witness"),
    path("live/alerts/<uuid:alert_ref>/acknowledgement/", alerts.acknowledge, name="acknowledge"),
    path("live/alerts/<uuid:alert_ref>/closure/", alerts.close, name="close_alert"),
]
