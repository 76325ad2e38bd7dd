"""Submitting once a day without being asked: by systemd, launchd or Windows' Task Scheduler."""
