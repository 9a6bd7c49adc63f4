"""History: who saw and changed what, of one patient, of oneself, of the whole clinic."""
