"""May a dose start? The pre-dose check and the gate, derived on reading and never stored."""
