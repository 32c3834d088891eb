"""Snapshots of a stream: its messages under their numbers, and its consumers, as one file.

Reference: JetStream's API, `STREAM.SNAPSHOT` and `STREAM.RESTORE`, in nats-server 2.11 to 2.15 and
in the client jsm.go (`snapshots.go`). The file's format is the server's own.
"""
