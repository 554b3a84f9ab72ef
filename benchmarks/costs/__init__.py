"""What recording.py measures, one idea a file."""
