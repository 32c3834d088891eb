"""What an endpoint says when it does not answer, sorted and made safe to show."""
