"""What administrators and Customer Care change, with its rules and audit; screens and APIs only call it."""
