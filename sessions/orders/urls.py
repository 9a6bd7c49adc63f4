"""Addresses under /patients/<ref>/orders/."""

from django.urls import path

from sessions.orders import views

app_name = "orders"
urlpatterns = [
    path("", views.overview, name="list"),
    path("new/", views.new, name="new"),
    path("read/", views.read, name="read"),
    path("outside/new/", views.declare_outside, name="declare_outside"),
    path("outside/<uuid:outside_ref>/striking/", views.strike_outside, name="strike_outside"),
    path("medicines/<uuid:medicine_ref>/", views.hold, name="hold"),
    path("holds/<uuid:hold_ref>/end/", views.end_hold, name="end_hold"),
    path("<uuid:order_ref>/", views.one, name="one"),
    path("<uuid:order_ref>/edit/", views.change, name="change"),
    path("<uuid:order_ref>/signature/", views.sign, name="sign"),
    path("<uuid:order_ref>/second/", views.second, name="second"),
    path("<uuid:order_ref>/end/", views.end, name="end"),
]
