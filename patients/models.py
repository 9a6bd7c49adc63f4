"""All rows of the patients app, gathered for Django."""

from patients.breakglass.models import BreakGlass
from patients.consents.models import Consent, ConsentAnswer, ConsentSignature, ConsentTalk, ConsentText
from patients.course.models import Course, CourseMove, Goal
from patients.links.models import LinkForm, PatientLink
from patients.medicines.models import Medicine
from patients.notes.models import Note, NoteAddendum, NoteRevision
from patients.outside.models import LabResult, OutsideDocument
from patients.process_notes.models import ProcessNote, ProcessNoteText
from patients.record.models import (
    AllergyReview,
    CareTeamMember,
    Condition,
    Contact,
    Patient,
    PatientEvent,
    RecordNumber,
    Weight,
)
from patients.tasks.models import Task

__all__ = [
    "AllergyReview",
    "BreakGlass",
    "CareTeamMember",
    "Condition",
    "Consent",
    "ConsentAnswer",
    "ConsentSignature",
    "ConsentTalk",
    "ConsentText",
    "Contact",
    "Course",
    "CourseMove",
    "Goal",
    "LabResult",
    "LinkForm",
    "Medicine",
    "Note",
    "NoteAddendum",
    "NoteRevision",
    "OutsideDocument",
    "Patient",
    "PatientEvent",
    "PatientLink",
    "ProcessNote",
    "ProcessNoteText",
    "RecordNumber",
    "Task",
    "Weight",
]
