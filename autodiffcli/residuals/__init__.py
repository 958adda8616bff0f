"""How far candidate solutions are from solving their equations."""
