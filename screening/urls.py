"""Addresses of screenings and measures. A patient's measures have the patient in the address."""

from django.urls import path

from screening.views import intake, letters, measures

app_name = "screening"
urlpatterns = [
    path("patients/<uuid:ref>/measures/", measures.all_measures, name="measures"),
    path("patients/<uuid:ref>/measures/<slug:instrument>/", measures.measure, name="measure"),
    path("patients/<uuid:ref>/measures/<slug:instrument>/new/", measures.record_measure, name="record_measure"),
    path("screening/start/<uuid:patient_ref>/", intake.start, name="start"),
    path("screening/decisions/<uuid:ref>/letters/<slug:reader>/", letters.ask, name="letter"),
    path("screening/<uuid:ref>/", intake.screening, name="check"),
    path("screening/<uuid:ref>/submission/", intake.submit, name="submit"),
    path("screening/<uuid:ref>/paper/", intake.print_copy, name="print"),
    path("screening/<uuid:ref>/<slug:name>/", intake.section, name="section"),
]
