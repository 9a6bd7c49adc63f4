from django.urls import path

from kap_clinic.desk import views

app_name = "desk"
urlpatterns = [path("", views.today, name="today")]
