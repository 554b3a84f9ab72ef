"""What the chapters ask: a module for each, in which a function finds the right answer in a recording."""
