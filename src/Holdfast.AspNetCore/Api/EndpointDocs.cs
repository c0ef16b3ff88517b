namespace Holdfast.AspNetCore.Api;

/// <summary>The words of the OpenAPI document, beside each other so that they stay alike.</summary>
internal static class EndpointDocs
{
    private static readonly (int, string) BadQuery = (400, "The query has faults; all are listed.");
    private static readonly (int, string) Away = (503, "The store is unavailable; Retry-After says when to ask again.");

    private static readonly ParameterDoc[] EventFilters =
    [
        new("event_type", "string", "Exact type."),
        new("source", "string", "Exact source."),
        new("category", "string", "critical, performance, user_activity, system or debug."),
        new("since", "string", "Timestamp at or after: RFC 3339 or unix milliseconds."),
        new("until", "string", "Timestamp before: RFC 3339 or unix milliseconds."),
        new("event_id", "string", "The one event with this id."),
        new("correlation_id", "string", "The value of metadata.correlation_id."),
        new("text", "string", "Occurs in type, source or data, taken literally."),
    ];

    public static EndpointDoc PostEvents { get; } = new(
        "postEvents",
        "Records events. They are durable when this answers 202. Body: one object, an array (application/json) or one object a line (application/x-ndjson).",
        [],
        [
            (202, "{accepted, duplicates, rejected: [{index, errors: [{rule, field, message}]}]}: what was accepted is durable. Of many rejected items the first 1,000 are told, and rejected_more says how many more there are."),
            (400, "The body cannot be read."),
            (408, "The body took too long."),
            (413, "The body, the number of items or the only item is too large."),
            (415, "The content type is none of those accepted."),
            (422, "Strict validation: an item is bad, nothing was recorded."),
            (429, "The spool is full; Retry-After says when to come back."),
            (503, "The spool cannot be written, or the server is shutting down."),
        ])
    {
        Body = new BodyDoc(["application/json", "application/x-ndjson"], Required: true),
    };

    public static EndpointDoc PostMetrics { get; } = new(
        "postMetrics",
        "OTLP/HTTP: records metrics of OpenTelemetry, as they are or with Content-Encoding: gzip. They are durable when this answers 200. Every answer is in the encoding of the request; refusals are a google.rpc.Status.",
        [],
        [
            (200, "ExportMetricsServiceResponse: empty when every data point is durable; partial_success says how many are not, and why."),
            (400, "The body cannot be read; nothing was recorded."),
            (413, "The body is too large, before or after decompression."),
            (415, "The content type or encoding is none of those accepted."),
            (429, "The spool is full, or too many bodies are on their way; Retry-After says when to come back."),
            (503, "The spool cannot be written, the body took too long, or the server is shutting down; Retry-After says when to come back."),
        ])
    {
        Body = new BodyDoc(["application/x-protobuf", "application/json"], Required: true, "ExportMetricsServiceRequest"),
        AnswerTypes = ["application/x-protobuf", "application/json"],
    };

    public static EndpointDoc EventsSocket { get; } = new(
        "eventsSocket",
        "WebSocket: each text frame is one event, answered in order with {status: received, event_type, event_id} after it is durable, or {status: error, errors}.",
        [],
        [(101, "Switching to WebSocket."), (426, "Not a WebSocket request.")]);

    public static EndpointDoc ListEvents { get; } = new(
        "listEvents",
        "Stored events, newest first by timestamp.",
        [
            .. EventFilters,
            new("limit", "integer", "1 to 500, default 100. A page of large events (4 MiB) ends before."),
            new("cursor", "string", "next_cursor of the last page."),
        ],
        [(200, "{items: [event], next_cursor}; next_cursor is null at the end."), BadQuery, Away]);

    public static EndpointDoc ExportEvents { get; } = new(
        "exportEvents",
        "All stored events that match, one a line, newest first. A connection that breaks off means that the export is not whole.",
        EventFilters,
        [(200, "A line for each event."), BadQuery, Away])
    {
        ContentType = "application/x-ndjson",
    };

    public static EndpointDoc QuerySeries { get; } = new(
        "querySeries",
        "Points of the series with a name, from the coarsest rollup that is fine enough.",
        [
            new("name", "string", "Exact name: system.cpu.utilization.", Required: true),
            new("label", "string", "key:value, repeatable; all must hold."),
            new("since", "string", "Default: an hour before until."),
            new("until", "string", "Default: now."),
            new("step", "string", "Width of a point: 10s, 5m, 1h. Default: about 600 points."),
            new("agg", "string", "avg (default), min, max, sum, last, rate."),
            new("limit", "integer", "Series at the most: 1 to 500, default 100."),
        ],
        [(200, "{items: [{name, labels, unit, kind, step_seconds, points: [[unix_ms, value]]}], next_cursor}"), BadQuery, Away]);

    public static EndpointDoc Ledger { get; } = new(
        "getLedger",
        "What became of every acknowledged row: received = stored + dead_lettered + parked + spooled + duplicates + discarded + lost. error must be 0; it is null, and store_current false, while the store cannot be asked.",
        [],
        [(200, "{events: {...}, samples: {...}, error, sampled_at, store_current}")]);

    public static EndpointDoc Status { get; } = new("getStatus", "Status, ledger, spool, circuit breakers, rates and watchers, from memory.", [], [(200, "The values of the overview.")]);

    public static EndpointDoc Overview { get; } = new("getOverview", "The snapshot that the page starts from.", [], [(200, "Status, ledger, spool, circuit breakers, rates, series with recent history, newest events.")]);

    public static EndpointDoc Sessions { get; } = new(
        "listSessions",
        "Who watches this node at this moment, over which way, and how they fare; from memory.",
        [],
        [(200, "{items: [{id, name, source: websocket | realtime, since, rtt_ms, e2e_p95_ms, gaps, dropped}], connections, connections_max, next_cursor}: what a watcher has not said is null; next_cursor is null.")]);

    public static EndpointDoc Components { get; } = new(
        "listComponents",
        "The parts of the server that have a life of their own, each after those it depends on, from memory.",
        [],
        [(200, "{items: [{name, status: initialized | starting | ready | degraded | stopped | failed, reasons, last_error, last_error_at, retries, events_handled, uptime_seconds, dependencies: {hard, soft}}]}")]);

    public static EndpointDoc Rooms { get; } = new(
        "listRooms",
        "The rooms that the server connects to (HOLDFAST_ROOMS), by name, from memory. Counts are since the start of the process; of the address scheme, host and port are shown.",
        [],
        [(200, "{items: [{name, url, protocol: json | holdfast, enabled, state: disconnected | connecting | joined | waiting, since, attempts, next_attempt_at, last_error, last_error_at, counts: {joins, losses, received, sent, refused, unreadable, too_large, bus_full}}]}")]);

    public static EndpointDoc HealthReady { get; } = new(
        "getReady", "Whether data is accepted. A store that is away is 'warn' and 200: the spool takes the data.", [], [(200, "pass or warn, with every problem."), (503, "fail: nothing is accepted.")]);

    public static EndpointDoc Health { get; } = HealthReady with { Id = "getHealth" };

    public static EndpointDoc Healthz { get; } = HealthReady with { Id = "getHealthz" };

    public static EndpointDoc Readyz { get; } = HealthReady with { Id = "getReadyz" };

    public static EndpointDoc HealthLive { get; } = new("getLive", "Whether the process answers.", [], [(200, "pass")]);

    public static EndpointDoc Livez { get; } = HealthLive with { Id = "getLivez" };

    public static EndpointDoc HealthStartup { get; } = new("getStartup", "Whether the spool is open.", [], [(200, "pass"), (503, "fail")]);

    public static EndpointDoc Current { get; } = new(
        "getCurrentMetrics",
        "How the API did over the last minute, and the memory of the process; measured, from memory.",
        [],
        [
            (200, "{latency_p95, memory_mb, success_rate, requests, window_seconds, timestamp}: milliseconds (at most an eighth too many), MiB resident, per cent of the answers that are not 5xx. latency_p95 and success_rate are null when nothing was asked for."),
        ]);

    public static EndpointDoc CurrentAlias { get; } = Current with { Id = "getCurrentMetricsOfApi" };

    public static EndpointDoc Adapter { get; } = new(
        "getAdapterMetrics",
        "How what happens gets to those who watch, since the process started.",
        [],
        [(200, "{status, adapter_type, adapter_asked_for, metrics: {mode, primary, secondary, effective, broadcaster, adapters: {adapter: {role, healthy, reason, connections, broadcasts, events, failed_broadcasts, ...}}, rollout, mismatches}, timestamp}: adapter_type is the adapter that pages had better use.")]);

    public static EndpointDoc Metrics { get; } = new(
        "getMetrics",
        "Metrics in the text format 0.0.4 of Prometheus, from memory. docs/reference/metrics.md lists them.",
        [],
        [(200, "One line a series."), (406, "The Accept header takes no text.")])
    {
        ContentType = "text/plain; version=0.0.4; charset=utf-8",
    };

    public static EndpointDoc Validation { get; } = new(
        "getValidation",
        "How the validation of events went, by event type: counted since the start of the process, and stored.",
        [],
        [
            (200, "{timestamp, total_validations, by_event_type: [...], recent: rows flushed in the last 24 hours or null, summary: the last 7 days by event type or null, store_fault}. Each list ends after 1,000; pass_rate is of a hundred."),
        ]);

    public static EndpointDoc FlushMetrics { get; } = new(
        "flushMetrics",
        "Moves the validation metrics that wait in the spool to the store now. Calls at the same time share a flush.",
        [],
        [
            (200, "{status: ok, result: {flushed, rows, approach, dead_lettered, spooled, duration_ms}, timestamp}: the store holds everything that was counted before the call. flushed is false when there was nothing to write."),
            (409, "MONITORING_METRICS_PERSISTENCE is off: nothing is flushed."),
            (503, "Not everything could be written: flushed is false, spooled tells how many rows wait. Nothing is lost; Retry-After says when to ask again."),
        ]);

    public static EndpointDoc Live { get; } = new(
        "live",
        "WebSocket: the live stream. Frames are JSON arrays; see the documentation of the live stream.",
        [new("since", "string", "Cursor of the last frame seen; what came after it is sent first.")],
        [(101, "Switching to WebSocket."), (400, "Not a cursor."), (426, "Not a WebSocket request."), (503, "All places are taken.")]);
}
