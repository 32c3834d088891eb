"""What an endpoint is asked, and how it is sent."""
