"""The living page of our components. It holds no data and is there only where no real patient can be."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kap_clinic.web import samples

PARTS = {
    "": ("web/styles.html", ""),
    "chart": ("web/styles_chart.html", "patients"),
    "reviews": ("web/styles_reviews.html", "reviews"),
    "question": ("web/styles_question.html", ""),
    "question-error": ("web/styles_question.html", ""),
    "sign-in": ("web/styles_sign_in.html", ""),
}


@login_not_required
@require_safe
def styles(request: HttpRequest, part: str = "") -> HttpResponse:
    if not (settings.DEBUG or settings.DEMO) or part not in PARTS:
        raise Http404
    template, here = PARTS[part]
    shown = samples.everything(here)
    if part == "question-error":
        shown["question"] = samples.SampleQuestion({})
        shown["form"] = shown["question"]
    return render(request, template, {**shown, "part": part})
