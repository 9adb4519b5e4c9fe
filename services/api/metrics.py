"""Metrics for Prometheus: counters of this process, and gauges read from the database."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.registry import Collector


class Metrics:
    """The metrics of one application, in a registry of their own. No label holds private data."""

    def __init__(self, *stored: Collector) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter(
            "bilum_http_requests", "Requests answered.", "method", "route", "status"
        )
        self.messages = self._counter(
            "bilum_gateway_messages", "Messages taken, repeated ones too.", "channel", "outcome"
        )
        self.reports = self._counter(
            "bilum_gateway_reports", "Delivery reports; known: of an attempt.", "channel", "known"
        )
        self.refused = self._counter(
            "bilum_gateway_refused", "Requests refused, and why.", "channel", "reason"
        )
        for collector in stored:
            self.registry.register(collector)

    def _counter(self, name: str, documentation: str, *labels: str) -> Counter:
        return Counter(name, documentation, labels, registry=self.registry)
