"""Proof that the hosts agree: the golden cases, run on every host there is, and a certificate of it."""
