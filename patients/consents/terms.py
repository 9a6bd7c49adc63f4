"""The words of consents."""

from django.db.models import IntegerChoices, TextChoices


class ConsentKind(TextChoices):
    """The documents, each signed or refused by itself (consent-elements 1)."""

    PRIVACY = "privacy", "Privacy consent"
    FINANCIAL = "financial", "Cost and cancelling"
    TREATMENT = "treatment", "Treatment consent"
    TOUCH = "touch", "Touch consent"


class State(TextChoices):
    """consent-elements 7. `expired` is never written: it is what a signed consent is after its day of renewal."""

    DRAFT = "draft", "Draft"
    PRESENTED = "presented", "Given to the patient"
    SIGNED = "signed", "Signed"
    REFUSED = "refused", "Refused"
    EXPIRED = "expired", "Run out"
    SUPERSEDED = "superseded", "Replaced"
    REVOKED = "revoked", "Taken back"


class Signer(TextChoices):
    """As what somebody signs."""

    PATIENT = "patient", "Patient"
    PRESCRIBER = "prescriber", "Prescriber"
    THERAPIST = "therapist", "Therapist"
    WITNESS = "witness", "Therapist, as witness of the talk"


class Meaning(TextChoices):
    """What a signature means (21 CFR 11.50)."""

    CONSENT = "consent", "I agree"
    REFUSAL = "refusal", "I do not agree"
    REVIEW = "review", "I explained this, answered the questions and agree to it"
    WITNESS = "witness", "I was there when this was talked through"
    LIMITS = "limits", "I keep to these limits"


class TouchLevel(IntegerChoices):
    """consent-elements 3"""

    NONE = 0, "0, no touch"
    SAFETY = 1, "1, safety only"
    SUPPORTIVE = 2, "2, support"
    SOMATIC = 3, "3, body work"


class Route(TextChoices):
    """Ways ketamine is given (dosing-reference 1), as a patient reads them."""

    IV = "iv", "as a drip into a vein"
    IM = "im", "as a shot into a muscle"
    SL = "sl", "as a lozenge under the tongue"
    IN = "in", "as a nose spray from a special pharmacy"
    ESK = "esk", "as esketamine nose spray (Spravato)"


class Taught(TextChoices):
    """What the patient says back in their own words (PD, treatment-24)."""

    DRIVING = "driving", "when driving is safe again"
    STOP_WORD = "stop_word", "the stop word"
    OFF_LABEL = "off_label", "that this use is off-label"


class Way(TextChoices):
    """How a patient told us that they take a consent back."""

    LINK = "link", "On their own device"
    IN_PERSON = "in_person", "In person"
    PHONE = "phone", "By phone"
    WRITING = "writing", "In writing"


class Event(TextChoices):
    CONSENTS_OPENED = "consents.opened", "opened the consents"
    CONSENT_OPENED = "consent.opened", "opened a consent"
    CONSENT_DRAFTED = "consent.drafted", "drafted a consent"
    CONSENT_PRESENTED = "consent.presented", "gave a consent to the patient"
    CONSENT_TALKED = "consent.talked", "wrote down the talk about a consent"
    CONSENT_WISHES = "consent.wishes", "wrote down what the patient wishes in a consent"
    CONSENT_ANSWERED = "consent.answered", "answered a question about a consent"
    CONSENT_SIGNED = "consent.signed", "signed a consent"
    CONSENT_REFUSED = "consent.refused", "refused a consent"
    CONSENT_COMPLETED = "consent.completed", "completed the signatures of a consent"
    CONSENT_REPLACED = "consent.replaced", "replaced a consent"
    CONSENT_REVOKED = "consent.revoked", "took back a consent"
    CONSENT_COPIED = "consent.copied", "was given a copy of a consent"
    CONSENT_PRINTED = "consent.printed", "asked for the paper of a consent"
    TEXTS_OPENED = "consent_texts.opened", "opened the consent texts"
    TEXT_WRITTEN = "consent_text.written", "wrote a version of a consent text"
    TEXT_APPROVED = "consent_text.approved", "approved a consent text"
