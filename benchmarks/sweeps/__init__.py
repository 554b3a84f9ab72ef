"""What sweeping.py measures, one idea a file."""
