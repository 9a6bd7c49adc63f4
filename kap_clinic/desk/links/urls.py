from django.urls import path

from kap_clinic.desk.links import views

urlpatterns = [
    path("", views.links, name="links"),
    path("new/", views.new, name="new_link"),
    path("<uuid:link>/", views.one, name="link"),
    path("<uuid:link>/message/", views.send, name="send_link"),
    path("<uuid:link>/revoke/", views.revoke, name="revoke_link"),
]
