"""What every service is as a process: settings, logs, signals, health, metrics, traces."""
