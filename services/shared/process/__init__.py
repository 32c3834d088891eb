"""What every service process has: settings, logs, signals, health, metrics, traces."""
