"""Derivatives of y(x) on the curve of an equation."""
