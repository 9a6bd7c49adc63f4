"""What screening puts on paper: the whole of a version, and the letters about its decision."""

from screening.letters.decision import LETTERS, ask_letter, kind_of
from screening.letters.whole import PAPER, PAPERS_TASK, ask, letter, screening

__all__ = ["LETTERS", "PAPER", "PAPERS_TASK", "ask", "ask_letter", "kind_of", "letter", "screening"]
