"""The names of what may be done. Who may do it stands in `permissions.csv`, one row for each role and scope."""

from enum import StrEnum

# What a right is, by the letter of the table people read: view, create, edit while unsigned, sign, amend, export,
# status only. Every right word that is not here acts, and is neither of these.
LETTERS = {
    "view": "V",
    "details": "V",
    "status": "s",
    "register": "C",
    "record": "C",
    "add": "C",
    "draft": "C",
    "give": "C",
    "write": "C",
    "make": "C",
    "book": "C",
    "invite": "C",
    "open": "C",
    "edit": "E",
    "sign": "S",
    "decide": "S",
    "close": "S",
    "amend": "M",
    "export": "X",
}


class Permission(StrEnum):
    """`<resource>.<right>`, and the words that finish the sentence "may ..."."""

    words: str

    def __new__(cls, value: str, words: str = "") -> "Permission":
        member = str.__new__(cls, value)
        member._value_, member.words = value, words
        return member

    @property
    def resource(self) -> str:
        return self.partition(".")[0]

    @property
    def right(self) -> str:
        return self.partition(".")[2]

    @property
    def letter(self) -> str:
        """V, C, E, S, M, X or s as in the table of rights; empty for a right that is only its own word."""
        return LETTERS.get(self.right, "")

    TODAY_VIEW = "today.view", "open their own day"

    # 1 Patient demographics, contacts, escort
    PATIENT_FIND = "patient.find", "search for patients"
    PATIENT_VIEW = "patient.view", "open a patient's record"
    PATIENT_REGISTER = "patient.register", "register a patient"
    PATIENT_EDIT = "patient.edit", "change a patient's details, contacts and escort"
    PATIENT_PROPOSE = "patient.propose", "propose a change of their own details"
    MERGED_VIEW = "merged.view", "open a record that was merged into another"
    VOIDED_VIEW = "voided.view", "see entries that were struck out"

    # 2 Care team
    TEAM_VIEW = "team.view", "see who is on a care team"
    TEAM_ADD = "team.add", "add somebody to a care team"
    TEAM_EDIT = "team.edit", "end a place on a care team"
    TEAM_SECOND = "team.second", "second that somebody adds themselves to a care team"

    # 3 Screening answers, findings, decision
    SCREENING_VIEW = "screening.view", "read a screening"
    SCREENING_RECORD = "screening.record", "fill in a screening"
    SCREENING_DECIDE = "screening.decide", "decide a screening"
    SCREENING_AMEND = "screening.amend", "correct a submitted screening by a new version"
    SCREENING_STATUS = "screening.status", "see whether a screening is done"
    FINDING_RECORD = "finding.record", "write down what the rules found"
    OVERRIDE_SECOND = "override.second", "sign an override as the second person"

    # 4 Medicines, allergies, holds
    MEDICINE_VIEW = "medicine.view", "see medicines and allergies"
    MEDICINE_RECORD = "medicine.record", "write down medicines and allergies"
    MEDICINE_EDIT = "medicine.edit", "change a medicine or a hold before it is signed"
    MEDICINE_DECIDE = "medicine.decide", "decide to continue, hold or taper a medicine"
    MEDICINE_AMEND = "medicine.amend", "correct a medicine or a hold"
    MEDICINE_ALERT_RECORD = "medicine_alert.record", "raise an alert about a medicine"

    # 5 Vital signs
    VITALS_VIEW = "vitals.view", "see vital signs"
    VITALS_RECORD = "vitals.record", "record vital signs"
    VITALS_SIGN = "vitals.sign", "sign vital signs"
    VITALS_AMEND = "vitals.amend", "correct vital signs"
    TIMER_RECORD = "timer.record", "set the timers of a dosing session"

    # 6 Dose order
    ORDER_VIEW = "order.view", "see the dose order"
    ORDER_DRAFT = "order.draft", "draft a dose order"
    ORDER_EDIT = "order.edit", "change a dose order before it is signed"
    ORDER_SIGN = "order.sign", "sign a dose order"
    ORDER_AMEND = "order.amend", "correct a dose order"

    # 7a Gate sign-off, dose and t0, discharge
    DOSE_VIEW = "dose.view", "see the gate, the dose and the discharge"
    DOSE_GIVE = "dose.give", "give a dose"
    DOSE_WITNESS = "dose.witness", "witness a dose"
    DOSE_AMEND = "dose.amend", "correct the record of a dose"
    DOSE_STATUS = "dose.status", "see whether a dosing session took place"
    DOSE_SCHEDULE_RECORD = "dose_schedule.record", "write the times that follow a dose"
    GATE_SIGN = "gate.sign", "sign that a dose may start"
    DISCHARGE_SIGN = "discharge.sign", "sign that a patient is fit to leave"

    # 7b Observations, vital signs and log of a dosing session; closing it
    DOSING_VIEW = "dosing.view", "see the log of a dosing session"
    DOSING_RECORD = "dosing.record", "write in the log of a dosing session"
    DOSING_EDIT = "dosing.edit", "change their own entries of a dosing session"
    DOSING_CLOSE = "dosing.close", "close a dosing session"
    DOSING_AMEND = "dosing.amend", "correct a closed dosing session"
    DOSING_STATUS = "dosing.status", "see whether a dosing session is closed"

    # 8 Controlled-drug ledger
    REGISTER_VIEW = "register.view", "see the drug register"
    REGISTER_RECORD = "register.record", "write in the drug register"
    REGISTER_SIGN = "register.sign", "sign in the drug register"
    REGISTER_WITNESS = "register.witness", "witness waste and counts"
    REGISTER_AMEND = "register.amend", "write a reversal in the drug register"
    REGISTER_EXPORT = "register.export", "export the drug register"

    # 9 Integration and session note
    NOTE_VIEW = "note.view", "read session notes"
    NOTE_WRITE = "note.write", "write a session note"
    NOTE_EDIT = "note.edit", "change their own note before it is signed"
    NOTE_SIGN = "note.sign", "sign their own note"
    NOTE_COSIGN = "note.cosign", "co-sign a note"
    NOTE_AMEND = "note.amend", "add to their own signed note"
    NOTE_STATUS = "note.status", "see whether a note is written and signed"
    NOTE_LOCK = "note.lock", "lock a signed note"

    # 10 Process note
    PROCESS_NOTE_VIEW = "process_note.view", "read their own process note"
    PROCESS_NOTE_WRITE = "process_note.write", "write a process note"
    PROCESS_NOTE_EDIT = "process_note.edit", "change their own process note"
    PROCESS_NOTE_SIGN = "process_note.sign", "sign their own process note"
    PROCESS_NOTE_AMEND = "process_note.amend", "add to their own process note"

    # 11 Measures
    MEASURE_VIEW = "measure.view", "see scales and scores"
    MEASURE_RECORD = "measure.record", "enter answers of a scale"
    MEASURE_AMEND = "measure.amend", "correct answers of a scale"
    MEASURE_EXPORT = "measure.export", "export or print scales and scores"
    MEASURE_STATUS = "measure.status", "see whether a scale is filled in"
    SCORE_RECORD = "score.record", "write down a score"

    # 12 Consents and administrative papers
    CONSENT_VIEW = "consent.view", "read consents"
    CONSENT_MAKE = "consent.make", "prepare, send or scan a consent"
    CONSENT_SIGN = "consent.sign", "sign their own part of a consent"
    CONSENT_EXPORT = "consent.export", "print a consent"
    CONSENT_STATUS = "consent.status", "see whether a consent is signed"
    CONSENT_REVOKE = "consent.revoke", "withdraw a consent, or record that the patient withdrew it"
    CONSENT_SEAL = "consent.seal", "seal the paper of a signed consent"
    CONSENT_TEMPLATE_MAKE = "consent_template.make", "write a new version of a consent text"
    CONSENT_TEMPLATE_SECOND = "consent_template.second", "second a new version of a consent text"

    # Receipts: what a visit cost, by the kind of visit
    RECEIPT_VIEW = "receipt.view", "see receipts"
    RECEIPT_MAKE = "receipt.make", "make a receipt"

    # 13 Adverse events and alerts; the tasks that follow from them
    EVENT_VIEW = "event.view", "see adverse events"
    EVENT_RECORD = "event.record", "report an adverse event"
    EVENT_EDIT = "event.edit", "change an adverse event before it is signed"
    EVENT_SIGN = "event.sign", "sign an adverse event"
    EVENT_AMEND = "event.amend", "correct a signed adverse event"
    EVENT_ACKNOWLEDGE = "event.acknowledge", "acknowledge an alert"
    EVENT_STATUS = "event.status", "see how many adverse events there were"
    TASK_VIEW = "task.view", "see tasks"
    TASK_MAKE = "task.make", "give a task"
    TASK_WORK = "task.work", "take a task and write its outcome"

    # Links for patients, to what the other rows let somebody ask for
    LINK_VIEW = "link.view", "see the links of a patient"
    LINK_MAKE = "link.make", "make a link for a patient"
    LINK_REVOKE = "link.revoke", "take back a link"

    # 14 Schedule
    SCHEDULE_VIEW = "schedule.view", "see the schedule"
    SCHEDULE_DETAILS = "schedule.details", "see what a visit is for"
    SCHEDULE_BOOK = "schedule.book", "book a visit"
    SCHEDULE_EDIT = "schedule.edit", "move or cancel a visit"
    SCHEDULE_CONFIRM = "schedule.confirm", "confirm or cancel their own visit"

    # 15 Messages and reminders
    MESSAGE_VIEW = "message.view", "see what was sent"
    MESSAGE_MAKE = "message.make", "send a message"
    MESSAGE_EDIT = "message.edit", "hold back or void a message"
    MESSAGE_RETRY = "message.retry", "send a failed message again"

    # 16 and 17 Reports
    REPORT_VIEW = "report.view", "see reports with names"
    REPORT_EXPORT = "report.export", "export reports with names"
    REPORT_MAKE = "report.make", "write a report with names"
    DEIDENTIFIED_VIEW = "deidentified.view", "see reports without names"
    DEIDENTIFIED_EXPORT = "deidentified.export", "export reports without names"
    DEIDENTIFIED_MAKE = "deidentified.make", "write a report without names"

    # 18 Staff accounts, roles, second factors
    OWN_ACCOUNT = "own_account.view", "see their own account"
    OWN_ACCOUNT_EDIT = "own_account.edit", "change their own account"
    STAFF_VIEW = "staff.view", "see staff accounts and roles"
    STAFF_INVITE = "staff.invite", "invite somebody to the clinic"
    STAFF_EDIT = "staff.edit", "change somebody else's roles, or end their place"
    STAFF_RESET_MFA = "staff.reset_mfa", "reset somebody else's second factor"
    STAFF_SECOND = "staff.second", "second a change of roles or a reset of a second factor"

    # 19 Audit trail, and what is read by emergency access, grant or alarm
    AUDIT_VIEW = "audit.view", "read who saw and did what"
    AUDIT_EXPORT = "audit.export", "export the audit trail"
    AUDIT_RECORD = "audit.record", "write the audit trail"
    BREAK_GLASS_OPEN = "break_glass.open", "open a record in an emergency"
    BREAK_GLASS_REVIEW = "break_glass.review", "review an emergency access of somebody else"
    ALARM_VIEW = "alarm.view", "see alarms about access"
    GRANT_VIEW = "grant.view", "see reading grants"
    GRANT_MAKE = "grant.make", "give somebody a reading grant"
    GRANT_SECOND = "grant.second", "second a reading grant"

    # 20 Whole-chart export
    CHART_EXPORT = "chart.export", "export a whole chart"
    CHART_RECEIVE = "chart.receive", "receive their own chart as a file"
    CHART_MAKE = "chart.make", "write the file of a whole chart"
    CHART_SECOND = "chart.second", "second the export of a whole chart or of the clinic"
    PURGE_MAKE = "purge.make", "propose to purge records past their retention"
    PURGE_SECOND = "purge.second", "second a purge"

    # 21 Clinic settings, clinical limits
    SETTINGS_VIEW = "settings.view", "see the clinic's settings"
    SETTINGS_EDIT = "settings.edit", "change settings that are not clinical"
    CLINICAL_SETTINGS_EDIT = "clinical_settings.edit", "change clinical limits and texts"
    CLINICAL_SETTINGS_SECOND = "clinical_settings.second", "second a change of clinical limits"
    SYSTEM_VIEW = "system.view", "see whether the system is healthy"
    PROPOSAL_VIEW = "proposal.view", "see what waits for a second person"

    # The course (protocol.md 2)
    COURSE_VIEW = "course.view", "see the stages of a course"
    COURSE_OPEN = "course.open", "start a course and its intake"
    COURSE_DECLINE = "course.decline", "decline before enrolment"
    COURSE_ENROL = "course.enrol", "enrol after a decided screening"
    COURSE_PREPARE = "course.prepare", "start preparation"
    COURSE_DOSE = "course.dose", "start or resume the dosing series"
    COURSE_HOLD = "course.hold", "put a course on hold"
    COURSE_END = "course.end", "end, close or complete a course"
    PRESENCE_CONFIRM = "presence.confirm", "confirm being present at a remote session"
