"""The command line: requests and rendering, no decisions. Enter at `entry`."""
