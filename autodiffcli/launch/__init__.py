"""How adiff gets going: a warm process that takes calls over, and a lean import of torch.

Without this folder every answer would be the same, only later.
"""

WARM, TORCH = "ADIFF_WARM", "ADIFF_TORCH"

# What the environment may ask for; nothing is the same as `1` and as `auto`.
SETTINGS = {WARM: ("0", "1", "auto"), TORCH: ("auto", "lean", "plain")}
