from django.urls import path

from integration.papers import views

app_name = "papers"
urlpatterns = [
    path("courses/<uuid:ref>/summaries/<slug:reader>/", views.summary, name="summary"),
    path("courses/<uuid:ref>/end-letters/<slug:reader>/", views.end_letter, name="end_letter"),
    path("patients/<uuid:ref>/receipts/", views.receipts, name="receipts"),
]
