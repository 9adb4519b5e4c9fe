"""The running program: application, container, command catalogue, workers and jobs."""
