"""What a formula can be over whole intervals of an input: enclosures that hold for every number in them."""
