"""When and how: appointments, preparation, dose orders, the gate, dosing sessions, discharge."""
