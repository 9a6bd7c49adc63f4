"""The words of tasks."""

from django.db.models import TextChoices


class TaskKind(TextChoices):
    SAFETY = "safety", "Safety"  # from a flag of severity critical or high, instruments.md 4
    FOLLOW_UP = "follow_up", "Follow-up"
    REVIEW = "review", "Review"
    LETTER = "letter", "Letter"
    CALL = "call", "Call"
    REBOOK = "rebook", "Rebook"


class Severity(TextChoices):
    """Of the flag behind a task (instruments.md 4)."""

    CRITICAL = "critical", "Critical"
    HIGH = "high", "High"
    MEDIUM = "medium", "Medium"
    LOW = "low", "Low"


class Outcome(TextChoices):
    """How a task ended. A safety task needs an assessment; a later lower score never closes it."""

    ASSESSED_SAFE = "assessed_safe", "Assessed: no acute risk"
    SAFETY_PLAN = "safety_plan", "Assessed: safety plan made"
    HIGHER_CARE = "higher_care", "Assessed: sent to a higher level of care"
    DONE = "done", "Done"
    NOT_NEEDED = "not_needed", "Not needed, with reason"


class Event(TextChoices):
    TASK_OPENED = "task.opened", "opened a task"
    TASK_OPENED_TO_READ = "task.read", "opened a task to read"
    TASKS_OPENED = "tasks.opened", "opened the safety tasks"
    TASK_TAKEN = "task.taken", "took a task"
    TASK_CLOSED = "task.closed", "closed a task"
