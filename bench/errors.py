"""What a user did wrong, said so that they can put it right."""


class UsageError(Exception):
    """What was asked for cannot be done; the message says what to change.  Exit status 2."""
