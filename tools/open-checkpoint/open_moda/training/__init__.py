"""What the trainings share: schedules, averaged weights, losses, pictures."""
