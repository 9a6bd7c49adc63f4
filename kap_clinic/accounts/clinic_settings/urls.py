"""Addresses under /settings/."""

from django.urls import path

from kap_clinic.accounts.clinic_settings import rooms, staff, views

app_name = "settings"
urlpatterns = [
    path("", views.index, name="index"),
    path("rooms/", rooms.rooms, name="rooms"),
    path("rooms/<uuid:ref>/", rooms.room, name="room"),
    path("rooms/<uuid:ref>/closure/", rooms.closure, name="room_closure"),
    path("staff/", staff.staff, name="staff"),
    path("staff/invitations/<uuid:ref>/revocation/", staff.revoke, name="revoke_invitation"),
    path("<slug:topic>/", views.topic, name="topic"),
    path("<slug:topic>/<slug:key>/", views.setting, name="setting"),
    path("<slug:topic>/<slug:key>/versions/<uuid:ref>/restore/", views.restore, name="restore"),
]
