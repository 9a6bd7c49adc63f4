"""How the patient is over the course: which measures are due, trajectories with doses, response and remission."""
