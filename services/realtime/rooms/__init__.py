"""Groups, who listens to them, and that nothing published in them is missed."""
