"""What people type, parsed: pure functions that read nothing else and refuse with `loyalty.errors.Unreadable`."""
