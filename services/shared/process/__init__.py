"""The parts of every service process: settings, logs, signals, health, metrics, traces."""
