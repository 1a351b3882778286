"""Strength: whether each spec can fail, and whether the specs catch faults in torch."""
