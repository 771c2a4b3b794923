"""Formulas as the engine needs them: what Excel takes for granted and the engine does not know, spelled out."""
