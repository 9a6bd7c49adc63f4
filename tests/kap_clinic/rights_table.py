"""The table of rights as people read it, written down once more by hand, for `permissions.csv` to be held against.

A cell says letters or a word, a scope behind the colon, conditions in brackets: `VE:c B` is view and edit on the care
team, and view by break-glass. Letters are translated by the row's own list; a word stands for itself. `b` scope is
written `B`. Reasons for what goes beyond permissions.md stand beside the row.
"""

ROLES = {
    "T": "therapist",
    "P": "prescriber",
    "N": "nurse",
    "D": "medical_director",
    "A": "admin",
    "F": "front_desk",
    "R": "auditor",
    "O": "safety_officer",
    "U": "supervisor",
    "L": "patient_link",
    "H": "chaperone",
    "S": "system",
}

# Row of permissions.md: letters or words of its cells -> permissions; cells by role.
ROWS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "1 Patient demographics, contacts, escort": (
        {
            "V": "patient.view",
            "C": "patient.register",
            "E": "patient.edit",
            "propose": "patient.propose",
            "find": "patient.find",  # who may open some records may search among them
        },
        {
            "T": "C:k(joins_team) VE:c find:c B",
            "P": "VE:c find:c B",
            "N": "V:c find:c",
            "D": "VE:c find:c B",
            "A": "VCE:k(listed_fields) find:k(listed_fields)",
            "F": "VCE:k(listed_fields) find:k(listed_fields)",
            "R": "V:g find:g",
            "L": "V:o(first_name_only) propose:o",
            "S": "V:k(contact_fields)",
        },
    ),
    "1 merged (by state)": ({"V": "merged.view"}, {"A": "V:k", "R": "V:g"}),
    "1 voided (rule 10)": ({"V": "voided.view"}, {"P": "V:c", "D": "V:c", "R": "V:g"}),
    "2 Care team": (
        {"V": "team.view", "C": "team.add", "E": "team.edit", "second": "team.second"},
        {
            "T": "V:c",
            "P": "VCE:c",
            "D": "VCE:c second:k",
            "A": "VE:k C:k(second_person_for_oneself) second:k",
            "F": "V:k(names_only)",
            "R": "V:k",
            "L": "V:o(names_only)",
        },
    ),
    "3 Screening answers, findings, decision": (
        {
            "V": "screening.view",
            "C": "screening.record",
            "S": "screening.decide",
            "M": "screening.amend",
            "s": "screening.status",
            "findings": "finding.record",
            "dual": "override.second",
        },
        {
            "T": "VCM:c B",
            "P": "VCSM:c B V:w S:w(joins_team)",  # rule 11: an unassigned review shows to every prescriber
            "N": "V:c B",
            "D": "VCSM:c B V:w S:w(joins_team) dual:k(not_treating)",
            "A": "s:k",
            "F": "s:k",
            "R": "V:g",
            "L": "C:o M:o(as_correction)",
            "S": "findings:k",
        },
    ),
    "4 Medications, allergies, holds": (
        {
            "V": "medicine.view",
            "C": "medicine.record",
            "E": "medicine.edit",
            "S": "medicine.decide",
            "M": "medicine.amend",
            "alerts": "medicine_alert.record",
        },
        {
            "T": "V:c C:c(as_reported) B",
            "P": "VCESM:c B",
            "N": "V:c B",
            "D": "VCESM:c B",
            "R": "V:g",
            "L": "C:o(in_a_form)",
            "S": "alerts:k",
        },
    ),
    "5 Vitals": (
        {"V": "vitals.view", "C": "vitals.record", "S": "vitals.sign", "M": "vitals.amend", "timers": "timer.record"},
        {
            "T": "VCM:c B",
            "P": "VCSM:c B",
            "N": "VCM:c B",
            "D": "VCSM:c B",
            "R": "V:g",
            "L": "C:o(if_asked)",
            "S": "timers:k",  # of row 7b too
        },
    ),
    "6 Dose order": (
        {"V": "order.view", "C": "order.draft", "E": "order.edit", "S": "order.sign", "M": "order.amend"},
        {"T": "V:c B", "P": "VCESM:c B", "N": "V:c B", "D": "VCESM:c B", "R": "V:g"},
    ),
    "7a Gate sign-off, dose and t0, discharge": (
        {
            "V": "dose.view",
            "C": "dose.give",
            "gate": "gate.sign",
            "discharge": "discharge.sign",
            "M": "dose.amend",
            "s": "dose.status",
            "witness": "dose.witness",
            "t0": "dose_schedule.record",
        },
        {
            "T": "V:c witness:c(not_own) B",
            "P": "VCM:c gate:c discharge:c B",
            "N": "V:c C:c(as_ordered) discharge:c(if_delegated) witness:c(not_own) B",  # protocol.md 8
            "D": "VCM:c gate:c discharge:c B",
            "A": "s:k",
            "F": "s:k(came_or_not)",
            "R": "V:g",
            "S": "t0:k",
        },
    ),
    "7b Observations, vitals and log of a dosing session; closing it": (
        {
            "V": "dosing.view",
            "C": "dosing.record",
            "E": "dosing.edit",
            "S": "dosing.close",
            "M": "dosing.amend",
            "s": "dosing.status",
        },
        {
            "T": "VC:c ESM:a(in_care) B",
            "P": "VCESM:c B",
            "N": "VC:c ESM:a(in_care) B",
            "D": "VCESM:c B",
            "A": "s:k",
            "F": "s:k",
            "R": "V:g",
        },
    ),
    "8 Controlled-drug ledger": (
        {
            "V": "register.view",
            "C": "register.record",
            "S": "register.sign",
            "M": "register.amend",
            "X": "register.export",
            "witness": "register.witness",
        },
        {
            "T": "V:k witness:k(not_own)",
            "P": "VCSX:k M:a",
            "N": "witness:k(not_own)",
            "D": "VCSX:k M:a",
            "A": "VX:k",
            "R": "VX:k",
            "S": "C:k(from_a_dose)",
        },
    ),
    # A draft is its author's (by state); CESM:a means on the team, or within 30 days of leaving it (rule 6).
    "9 Integration and session note": (
        {
            "V": "note.view",
            "C": "note.write",
            "E": "note.edit",
            "S": "note.sign",
            "M": "note.amend",
            "s": "note.status",
            "cosign": "note.cosign",
            "lock": "note.lock",
        },
        {
            "T": "V:c(signed_note) C:a(on_team) VESM:a(in_care) V:b(signed_note)",
            "P": "V:c(signed_note) C:a(on_team) VESM:a(in_care) V:b(signed_note) cosign:c(not_own)",
            "D": "V:c(signed_note) C:a(on_team) VESM:a(in_care) V:b(signed_note) cosign:c(not_own)",
            "A": "s:k",
            "R": "V:g(signed_note)",
            "O": "V:g(signed_note)",
            "U": "V:t(signed_note) cosign:t(not_own)",
            "S": "lock:k",
        },
    ),
    "10 Process note": (
        {
            "V": "process_note.view",
            "C": "process_note.write",
            "E": "process_note.edit",
            "S": "process_note.sign",
            "M": "process_note.amend",
        },
        {
            "T": "VESM:a C:a(on_team)",
            "P": "VESM:a C:a(on_team)",
            "D": "VESM:a C:a(on_team)",
            "U": "V:t(shared_by_author)",
        },
    ),
    "11 Measures": (
        {
            "V": "measure.view",
            "C": "measure.record",
            "M": "measure.amend",
            "X": "measure.export",
            "s": "measure.status",
            "scores": "score.record",
        },
        {
            "T": "VCMX:c B",
            "P": "VCMX:c B",
            "N": "VC:c",
            "D": "VCMX:c B",
            "A": "s:k",
            "F": "s:k",
            "R": "V:g",
            "L": "C:o",
            "S": "scores:k",
        },
    ),
    "12 Consents and administrative papers": (
        {
            "V": "consent.view",
            "C": "consent.make",
            "S": "consent.sign",
            "X": "consent.export",
            "s": "consent.status",
            "revoke": "consent.revoke",  # staff record what the patient withdrew: ux.md 2, Consents
            "seal": "consent.seal",
            "template": "consent_template.make",
            "second": "consent_template.second",
        },
        {
            "T": "VCX:c S:a(in_care) revoke:c B",
            "P": "VCX:c S:a(in_care) revoke:c B second:k",
            "N": "V:c B",
            "D": "VCX:c S:a(in_care) revoke:c B second:k",
            "A": "VCX:k template:k(second_person)",
            "F": "s:k C:k(send_or_scan)",
            "R": "V:k",
            "L": "V:o(just_signed) S:o revoke:o",
            "S": "seal:k",
        },
    ),
    # Receipts: administrative papers that admin and front desk hand out; the team may, for its own patients, since a
    # diagnosis on one is printed only by who may read it. Emergency access needs none.
    "12 receipts": (
        {"V": "receipt.view", "C": "receipt.make"},
        {"T": "VC:c", "P": "VC:c", "D": "VC:c", "A": "VC:k", "F": "VC:k", "R": "V:g"},
    ),
    # Rule 12: a boundary concern is the safety officer's alone.
    "13 Adverse events and alerts": (
        {
            "V": "event.view",
            "C": "event.record",
            "E": "event.edit",
            "S": "event.sign",
            "M": "event.amend",
            "s": "event.status",
            "acknowledge": "event.acknowledge",
        },
        {
            "T": "VCE:c(not_boundary) acknowledge:c(not_boundary) V:b(not_boundary)",
            "P": "VCESM:c(not_boundary) acknowledge:c(not_boundary) V:b(not_boundary)",
            "N": "VCE:c(not_boundary)",
            "D": "VCESM:c(not_boundary) acknowledge:c(not_boundary) V:b(not_boundary)",
            "A": "s:k(counts_only)",
            "R": "V:g(not_boundary)",
            "O": "VCS:k(not_on_team)",
            "L": "C:o(if_asked)",
            "S": "C:k",
        },
    ),
    "13 tasks (of events and flags)": (
        {"V": "task.view", "C": "task.make", "work": "task.work"},
        {"T": "VC:c work:c", "P": "VC:c work:c", "N": "VC:c work:c", "D": "VC:c work:c", "S": "C:k"},
    ),
    # What may be asked for stands in rows 11 and 12; who resends is row 12's F (send) and the admin.
    "Links for patients (rule 8)": (
        {"V": "link.view", "C": "link.make", "revoke": "link.revoke"},
        {
            "T": "VC:c revoke:c",
            "P": "VC:c revoke:c",
            "N": "VC:c revoke:c",
            "D": "VC:c revoke:c",
            "A": "VC:k revoke:k",
            "F": "VC:k revoke:k",
        },
    ),
    "14 Schedule": (
        {
            "V": "schedule.view",
            "C": "schedule.book",
            "E": "schedule.edit",
            "details": "schedule.details",
            "confirm": "schedule.confirm",
        },
        {
            "T": "V:k(busy_only) details:c CE:a",
            "P": "V:k(busy_only) details:c CE:a",
            "N": "V:k(busy_only)",
            "D": "V:k(busy_only) details:c CE:a",
            "A": "VCE:k(neutral_names)",  # the clinical name shows to T and P only
            "F": "VCE:k(neutral_names)",
            "R": "V:k(neutral_names)",
            "L": "V:o(time_and_place) confirm:o",
            "S": "V:k",
        },
    ),
    "15 Messages and reminders": (
        {"V": "message.view", "C": "message.make", "E": "message.edit", "retry": "message.retry"},
        {"T": "V:c", "P": "V:c", "D": "V:c", "A": "V:k retry:k", "F": "V:k retry:k", "R": "V:k", "S": "VCE:k"},
    ),
    "16 Reports, identified": (
        {"V": "report.view", "X": "report.export", "C": "report.make"},
        {
            "T": "VX:c",
            "P": "VX:c",
            "D": "VX:c",
            "A": "VX:k(operations_only)",
            "F": "V:k(day_list)",
            "R": "V:g",
            "S": "C:k",
        },
    ),
    "17 Reports, de-identified": (
        {"V": "deidentified.view", "X": "deidentified.export", "C": "deidentified.make"},
        {"T": "V:k", "P": "VX:k", "D": "VX:k", "A": "VX:k", "R": "VX:k", "S": "C:k"},
    ),
    "18 Staff accounts, roles, MFA": (
        {
            "V": "staff.view",
            "C": "staff.invite",
            "E": "staff.edit",
            "reset": "staff.reset_mfa",
            "second": "staff.second",
        },
        {
            "D": "second:k(not_oneself)",
            "A": "VC:k E:k(second_person,not_oneself) reset:k(second_person,not_oneself) second:k(not_oneself)",
            "R": "V:k",
        },
    ),
    # Everybody who signs in keeps their own sign-in.
    "18 own profile": (
        {"V": "own_account.view", "E": "own_account.edit"},
        dict.fromkeys("TPNDAFRO", "VE:o(own_profile)"),
    ),
    "19 Audit trail": (
        {"V": "audit.view", "X": "audit.export", "C": "audit.record"},
        {"T": "V:a V:c", "P": "V:a V:c", "D": "V:c V:k", "A": "VX:k", "F": "V:a", "R": "VX:k", "S": "C:k"},
    ),
    "20 Whole-chart export": (
        {"X": "chart.export", "receive": "chart.receive", "C": "chart.make", "second": "chart.second"},
        {"T": "X:c", "P": "X:c", "D": "X:c second:k", "A": "X:k(second_person) second:k", "L": "receive:o", "S": "C:k"},
    ),
    "21 Clinic settings, clinical limits": (
        {
            "V": "settings.view",
            "E": "settings.edit",
            "clinical": "clinical_settings.edit",
            "second": "clinical_settings.second",
            "system": "system.view",
        },
        {
            "T": "V:k",
            "P": "V:k clinical:k(second_person) second:k",
            "D": "V:k clinical:k(second_person) second:k system:k",
            "A": "VE:k system:k",
            "F": "V:k(opening_hours)",
            "R": "V:k",
            "S": "V:k",
        },
    ),
    "rule 2 break-glass": (
        {"open": "break_glass.open", "review": "break_glass.review", "alarms": "alarm.view"},
        {
            "T": "open:k",
            "P": "open:k",
            "N": "open:k",
            "D": "open:k review:k(not_own) alarms:k",
            "A": "review:k(not_own) alarms:k",
            "R": "alarms:k",
        },
    ),
    "rule 3 grant": (
        {"V": "grant.view", "C": "grant.make", "second": "grant.second"},
        {
            "P": "V:k second:k(not_oneself)",
            "D": "V:k second:k(not_oneself)",
            "A": "V:k C:k(second_person)",
            "R": "V:k",
        },
    ),
    "rule 4 two persons": (
        {"V": "proposal.view", "purge": "purge.make", "second": "purge.second"},
        {"P": "V:k", "D": "V:k second:k", "A": "V:k purge:k(second_person)"},
    ),
    "protocol.md 2, the course": (
        {
            "V": "course.view",
            "C": "course.open",
            "decline": "course.decline",
            "enrol": "course.enrol",
            "prepare": "course.prepare",
            "dose": "course.dose",
            "hold": "course.hold",
            "end": "course.end",
        },
        {
            "T": "VC:c prepare:c decline:c hold:c end:c",
            "P": "V:c decline:c enrol:c dose:c hold:c end:c",
            "N": "V:c",
            "D": "V:c decline:c enrol:c dose:c hold:c end:c",
            "A": "V:k(stage_only) C:k decline:k",
            "F": "V:k(stage_only)",
            "R": "V:g",
            "L": "end:o(own_wish)",
            "S": "hold:k",
        },
    ),
    "chaperone": ({"confirm": "presence.confirm"}, {"H": "confirm:o"}),
    "the own day": ({"V": "today.view"}, dict.fromkeys("TPNDAFRO", "V:k")),
}

# Field level: group of fields -> cells by role, in the letters of permissions.md.
FIELDS: dict[str, dict[str, str]] = {
    "legal name, pronouns, birth date": {"T": "V", "P": "V", "N": "V", "D": "V", "A": "VE", "F": "VE", "R": "V"},
    "preferred name": {"T": "VE", "P": "VE", "N": "V", "D": "VE", "A": "VE", "F": "VE", "R": "V"},
    "address, phone, e-mail, message wishes, safe contact": {
        **{"T": "V", "P": "V", "N": "V", "D": "V", "A": "VE", "F": "VE", "R": "V"}
    },
    "insurer, payment": {"A": "VE", "F": "VE", "R": "V"},
    "escort, emergency contact": {"T": "VE", "P": "VE", "N": "V", "D": "VE", "A": "VE", "F": "VE", "R": "V"},
    "sex for scoring": {"T": "VE", "P": "VE", "N": "V", "D": "VE", "R": "V"},
    "weight": {"T": "VE", "P": "VE", "N": "V", "D": "VE", "R": "V"},
    "allergies": {"T": "VE", "P": "VE", "N": "V", "D": "VE", "R": "V"},
    "pregnancy state": {"T": "VE", "P": "VE", "N": "V", "D": "VE", "R": "V"},
    "diagnosis, risk flags, why now": {"T": "V", "P": "VE", "N": "V", "D": "VE", "R": "V"},
    "Part 2 flag": {"T": "V", "P": "VE", "N": "V", "D": "VE", "A": "s", "R": "V"},
}
