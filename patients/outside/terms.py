"""The words of results and papers from outside."""

from django.db.models import TextChoices


class LabKind(TextChoices):
    ALT = "alt", "ALT"
    AST = "ast", "AST"
    ALP = "alp", "ALP"
    GGT = "ggt", "GGT"
    BILIRUBIN = "bilirubin", "Bilirubin, total"
    TSH = "tsh", "TSH"
    FREE_T4 = "free-t4", "Free T4"
    CREATININE = "creatinine", "Creatinine"
    EGFR = "egfr", "eGFR"
    URINE = "urine", "Urine test"
    PREGNANCY = "pregnancy", "Pregnancy test"
    QTC = "qtc", "ECG: QTc"
    OTHER = "other", "Another test"


class Unit(TextChoices):
    U_PER_L = "U/L", "U/L"
    UKAT_PER_L = "ukat/L", "µkat/L"
    MG_PER_DL = "mg/dL", "mg/dL"
    UMOL_PER_L = "umol/L", "µmol/L"
    MIU_PER_L = "mIU/L", "mIU/L (same as µIU/mL)"
    NG_PER_DL = "ng/dL", "ng/dL"
    PMOL_PER_L = "pmol/L", "pmol/L"
    ML_PER_MIN = "mL/min/1.73m2", "mL/min/1.73 m²"
    MS = "ms", "ms"

    @property
    def short(self) -> str:
        return self.label.partition(" (")[0]


class Comparator(TextChoices):
    """How a laboratory reports what lies outside of what it can measure."""

    EXACT = "", "exactly"
    BELOW = "<", "below"
    ABOVE = ">", "above"


class UrineFinding(TextChoices):
    CLEAR = "clear", "Nothing abnormal"
    BLOOD = "blood", "Blood"
    INFECTION = "infection", "White cells or nitrite"
    OTHER = "other", "Something else abnormal"


class PregnancyFinding(TextChoices):
    NEGATIVE = "negative", "Negative"
    POSITIVE = "positive", "Positive"
    UNCLEAR = "unclear", "Unclear, to be repeated"


class Source(TextChoices):
    REPORT = "report", "Laboratory report"
    LETTER = "letter", "Letter or record of another clinic"
    HERE = "here", "Tested at this clinic"
    TOLD = "told", "As told by the patient"


class DocumentKind(TextChoices):
    REFERRAL = "referral", "Referral letter"
    LAB = "lab", "Laboratory report"
    IMAGING = "imaging", "Imaging report"
    ECG = "ecg", "ECG"
    RECORD = "record", "Record of another clinic"
    OTHER = "other", "Something else"


class FileType(TextChoices):
    PDF = "application/pdf", "PDF"
    PNG = "image/png", "PNG picture"
    JPEG = "image/jpeg", "JPEG picture"
    TEXT = "text/plain", "Text"

    @property
    def ending(self) -> str:
        return {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "text/plain": "txt"}[self.value]


class Event(TextChoices):
    OUTSIDE_OPENED = "outside.opened", "opened results and papers from outside"
    LAB_RECORDED = "lab.recorded", "recorded a result"
    LAB_CORRECTED = "lab.corrected", "corrected a result"
    LAB_VOIDED = "lab.voided", "struck out a result"
    OUTSIDE_PAPER_ADDED = "outside_paper.added", "added a paper from outside"
    OUTSIDE_PAPER_OPENED = "outside_paper.opened", "opened a paper from outside"
    OUTSIDE_PAPER_VOIDED = "outside_paper.voided", "struck out a paper from outside"
