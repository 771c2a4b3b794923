"""What is told of many trials while they stream through."""
