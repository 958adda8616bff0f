"""Meanings of a program: tensors, numbers, text. Each is applied by `program.run`."""
