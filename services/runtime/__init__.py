"""The running program: application, container, workers and jobs."""
