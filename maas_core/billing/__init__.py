"""Terms, metering and statements: pure functions from what was agreed and measured to what is owed."""
