"""What-if on the compiled program: one-way swings, two-way tables, every root, and the worst decile of the inputs."""
