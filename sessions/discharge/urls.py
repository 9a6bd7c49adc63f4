"""Addresses under /sessions/<ref>/discharge/."""

from django.urls import path

from sessions.discharge import views

app_name = "discharge"
urlpatterns = [
    path("", views.page, name="page"),
    path("begin/", views.begin, name="begin"),
    path("items/<slug:item>/", views.item, name="item"),
    path("scores/<slug:name>/", views.score, name="score"),
    path("back/", views.back, name="back"),
    path("signature/", views.sign, name="sign"),
    path("against-advice/", views.left, name="left"),
    path("handed-over/", views.hand_over, name="hand_over"),
    path("advice/", views.advice, name="advice"),
    path("advice/paper/", views.print_advice, name="print_advice"),
]
