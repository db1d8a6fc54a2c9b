"""Durable submission, following and finality: everything between a command and its final event."""
