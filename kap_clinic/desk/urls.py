from django.urls import include, path

from kap_clinic.desk import views
from kap_clinic.desk.course import views as course
from kap_clinic.desk.messages import views as messages
from kap_clinic.desk.patients import views as patients
from kap_clinic.desk.reviews import views as reviews
from kap_clinic.desk.schedule import views as schedule
from kap_clinic.desk.system import views as system
from kap_clinic.desk.tasks import views as tasks

app_name = "desk"
urlpatterns = [
    path("", include("kap_clinic.desk.history.urls")),
    path("", include("kap_clinic.desk.papers.urls")),
    path("", views.today, name="today"),
    path("readyz", system.readyz, name="readyz"),
    path("system/", system.system, name="system"),
    path("messages/", messages.ledger, name="messages"),
    path("messages/<uuid:ref>/again/", messages.again, name="message_again"),
    path("messages/<uuid:ref>/let-go/", messages.let_go, name="let_message_go"),
    path("messages/<uuid:ref>/settled/", messages.settle, name="settle_message"),
    path("patients/<uuid:ref>/messages/", messages.of_patient, name="patient_messages"),
    path("safety/", tasks.safety, name="safety"),
    path("safety/<uuid:ref>/", tasks.task, name="task"),
    path("safety/<uuid:ref>/owner/", tasks.take, name="take_task"),
    path("screening/reviews/", reviews.reviews, name="reviews"),
    path("screening/reviews/<uuid:ref>/", reviews.review, name="review"),
    path("screening/reviews/<uuid:ref>/team/", reviews.take, name="take_review"),
    path("screening/reviews/<uuid:ref>/decision/", reviews.decide, name="decide"),
    path("screening/reviews/<uuid:ref>/overrides/<uuid:finding_ref>/", reviews.override, name="override"),
    path("screening/reviews/<uuid:ref>/signatures/<uuid:override_ref>/", reviews.second, name="second_override"),
    path("courses/<uuid:ref>/", course.course, name="course"),
    path("courses/<uuid:ref>/plan/", course.plan, name="plan_course"),
    path("courses/<uuid:ref>/goals/", course.set_goal, name="set_goal"),
    path("courses/<uuid:ref>/goals/<uuid:goal_ref>/", course.close_goal, name="close_goal"),
    path("courses/<uuid:ref>/stage/<slug:to>/", course.move, name="move_course"),
    path("patients/<uuid:ref>/courses/", course.open_course, name="open_course"),
    path("schedule/new/", schedule.book_for_whom, name="book_for_whom"),
    path("patients/", patients.patients, name="patients"),
    path("patients/<uuid:ref>/", patients.chart, name="chart"),
    path("patients/<uuid:ref>/links/", include("kap_clinic.desk.links.urls")),
]
