"""From the graph to straight-line NumPy over registers, which says where it is not right."""
