"""How adiff gets going: a warm process that takes calls over, and a lean import of torch.

Without this folder every answer would be the same, only later.
"""
