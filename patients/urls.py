"""Addresses that register a patient and change a record. The list and the chart are the desk's."""

from django.urls import path

from patients.medicines import views as medicines
from patients.record.views import facts, identity, people

app_name = "patients"
urlpatterns = [
    path("new/", identity.register, name="register"),
    path("<uuid:ref>/edit/", identity.change, name="change"),
    path("<uuid:ref>/contacts/new/", people.add_contact, name="add_contact"),
    path("<uuid:ref>/contacts/<uuid:contact>/end/", people.end_contact, name="end_contact"),
    path("<uuid:ref>/team/new/", people.join_team, name="join_team"),
    path("<uuid:ref>/team/<uuid:carer>/end/", people.leave_team, name="leave_team"),
    path("<uuid:ref>/allergies/", facts.ask_allergies, name="ask_allergies"),
    path("<uuid:ref>/weights/new/", facts.measure_weight, name="measure_weight"),
    path("<uuid:ref>/conditions/new/", facts.add_condition, name="add_condition"),
    path("<uuid:ref>/conditions/<uuid:condition>/end/", facts.end_condition, name="end_condition"),
    path("<uuid:ref>/medicines/new/", medicines.add, name="add_medicine"),
    path("<uuid:ref>/medicines/read/", medicines.made_of, name="made_of"),
    path("<uuid:ref>/medicines/<uuid:medicine>/stop/", medicines.stop, name="stop_medicine"),
]
