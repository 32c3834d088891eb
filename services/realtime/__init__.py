"""The gateway: holds the sockets of a group and forwards the HTML published to it."""
