"""What may happen on a dose day, and what the signs mean. Pure: no database, no clock, no Django.

Sources: protocol 3, dosing-reference 1.1, 2, 2.1, 3.2, 7 and 9.
"""

from sessions.dosing.rules.moves import MOVES, NEEDS, SYSTEM, TEAM, Move, move_of, reasons_against_move

__all__ = ["MOVES", "NEEDS", "SYSTEM", "TEAM", "Move", "move_of", "reasons_against_move"]
