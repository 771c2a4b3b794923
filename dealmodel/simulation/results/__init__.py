"""What a simulation gave: as frames, as tables, as pictures, and on sheets."""
