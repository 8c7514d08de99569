"""Traces of requests over OTLP, when an endpoint is configured; otherwise nothing is imported."""

import time
from typing import Any

from argosy import __version__
from argosy.http_api.incoming import Scope
from argosy.kernel.settings import SettingsInvalid


class Tracer:
    """Sends one span a request, under the caller's `traceparent` when there is one."""

    def __init__(self, endpoint: str) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
                OTLPSpanExporter,
            )
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
            from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
            from opentelemetry.trace import SpanKind, Status, StatusCode  # noqa: PLC0415
            from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
                TraceContextTextMapPropagator,
            )
        except ImportError:
            raise SettingsInvalid(
                "ARGOSY_OTLP_ENDPOINT needs the extra: install argosy[tracing]"
            ) from None
        resource = Resource.create({"service.name": "argosy", "service.version": __version__})
        self._provider = TracerProvider(resource=resource)
        address = endpoint.rstrip("/")
        if not address.endswith("/v1/traces"):
            address += "/v1/traces"
        exporter = OTLPSpanExporter(endpoint=address)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer: Any = self._provider.get_tracer("argosy.http")
        self._context = TraceContextTextMapPropagator()
        self._server = SpanKind.SERVER
        self._failed = Status(StatusCode.ERROR)

    def note(self, scope: Scope, route: str, status: int, seconds: float, request_id: str) -> None:
        """Record a request that was just answered."""
        carrier = {
            name.decode(): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in (b"traceparent", b"tracestate")
        }
        ended = time.time_ns()
        span = self._tracer.start_span(
            f"{scope['method']} {route}",
            context=self._context.extract(carrier),
            kind=self._server,
            start_time=ended - int(seconds * 1e9),
            attributes={
                "http.request.method": scope["method"],
                "http.route": route,
                "http.response.status_code": status,
                "argosy.request_id": request_id,
            },
        )
        if status >= 500:
            span.set_status(self._failed)
        span.end(end_time=ended)

    def stop(self) -> None:
        """Send what is left."""
        self._provider.shutdown()
