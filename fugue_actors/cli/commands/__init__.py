"""The commands, by topic. Each module is imported only when its command runs."""
