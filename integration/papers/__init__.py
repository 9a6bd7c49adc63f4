"""Papers of a course: its summary for the referrer and for the patient, letters about its end, receipts."""
