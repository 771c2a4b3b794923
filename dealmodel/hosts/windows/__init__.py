"""The add-in in a user's Excel for Windows: put in, taken out, and every link of the chain looked at."""
