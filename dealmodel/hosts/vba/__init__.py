"""VBA without Excel: a project from source alone, as a file that Office compiles when it opens it."""
