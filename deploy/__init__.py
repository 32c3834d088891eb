"""Runs Natter: on one machine, in containers, in a cluster."""
