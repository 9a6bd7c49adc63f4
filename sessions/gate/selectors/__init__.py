"""What pages, the dosing room and the course read of the gate."""

from sessions.gate.selectors.gate import Gate, facts_at, facts_of, gate_card, gate_of

__all__ = ["Gate", "facts_at", "facts_of", "gate_card", "gate_of"]
