"""What a patient agreed to: the texts, who signed them when, and whether they hold today."""
