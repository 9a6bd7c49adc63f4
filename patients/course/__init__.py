"""The course of treatment: its stage, the table of moves, and who moved it when and why."""
