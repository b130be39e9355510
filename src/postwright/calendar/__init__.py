"""The plan: worthwhile times, the guardrails around them, and posts at their places in it."""
