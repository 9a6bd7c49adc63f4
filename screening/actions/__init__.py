"""What is done in screening: intakes, reviews, measures."""

from screening.actions.course import evidence, move_course
from screening.actions.intake import rerun, save_section, start, submit
from screening.actions.measures import correct_measure, record_measure
from screening.actions.paper import print_copy, print_letter
from screening.actions.refusals import ChangedMeanwhile, NotPossible
from screening.actions.review import decide, override_stop, second_override

__all__ = [
    "ChangedMeanwhile",
    "NotPossible",
    "correct_measure",
    "decide",
    "evidence",
    "move_course",
    "override_stop",
    "print_copy",
    "print_letter",
    "record_measure",
    "rerun",
    "save_section",
    "second_override",
    "start",
    "submit",
]
