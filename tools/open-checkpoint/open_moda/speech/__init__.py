"""Speech that says when it says what, and the mouth that goes with it."""
