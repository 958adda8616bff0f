"""Roots of equations: Newton's method, brackets, and proofs."""
