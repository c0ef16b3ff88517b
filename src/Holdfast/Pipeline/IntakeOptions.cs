namespace Holdfast.Pipeline;

/// <summary>
/// Limits and rules of the intake. Each request is judged by the settings it began with: to change them while running, hand over a new
/// object (<c>with</c>), never change the one in use.
/// </summary>
public sealed record IntakeOptions
{
    /// <summary>Bytes of a request's body. Default: 16 MiB; a larger body is refused whole (413).</summary>
    public int BodyBytesMax { get; set; } = 16 << 20;

    /// <summary>Events of a request. Default: 10,000; a request with more is refused whole (413).</summary>
    public int EventsPerRequestMax { get; set; } = 10_000;

    /// <summary>
    /// Bytes of one event as sent. Default: 256 KiB. A larger event in an array or among NDJSON lines is rejected (rule <c>size</c>) and
    /// the others are taken; one that is the whole body is refused (413).
    /// </summary>
    public int EventBytesMax { get; set; } = 256 << 10;

    /// <summary>Nested levels of <c>data</c> and of <c>metadata</c>, the object itself being the first. Default: 32.</summary>
    public int DepthMax { get; set; } = 32;

    /// <summary>Characters (Unicode code points) of <c>event_type</c>. Default: 50.</summary>
    public int EventTypeCharactersMax { get; set; } = 50;

    /// <summary>Characters (Unicode code points) of <c>source</c>. Default: 100.</summary>
    public int SourceCharactersMax { get; set; } = 100;

    /// <summary>How old a timestamp may be: as old as events are kept. Default: 30 days.</summary>
    public TimeSpan TimestampAgeMax { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How far ahead of this server's clock a timestamp may be. Default: 1 day.</summary>
    public TimeSpan TimestampAheadMax { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// Off: an event without <c>data</c> gets <c>{}</c> and checksums that clients send are replaced unseen. Limits and types
    /// hold all the same, because the store could not take what breaks them. Default: on.
    /// </summary>
    public bool Validation { get; set; } = true;

    /// <summary>On: one bad event refuses its whole request (422) and nothing of it is stored. Default: off.</summary>
    public bool Strict { get; set; }

    /// <summary>Whether validation is counted per event type. Default: on.</summary>
    public bool MeasureValidation { get; set; } = true;

    /// <summary>With a secret, critical events carry an HMAC-SHA256 in place of a CRC32C. Default: none.</summary>
    public string? ChecksumSecret { get; set; }

    /// <summary>What is masked before it is made durable. Default: nothing.</summary>
    internal EventRedaction? Redaction { get; set; }

    /// <summary>Rows of a spooled batch. Default: 5,000.</summary>
    public int BatchRowsMax { get; set; } = 5_000;

    /// <summary>Bytes of a spooled batch; a single larger row travels alone. Default: 1 MiB.</summary>
    public int BatchBytesMax { get; set; } = 1 << 20;
}

/// <summary>Limits of series. What is beyond them is rejected and counted.</summary>
public sealed record SeriesOptions
{
    /// <summary>Characters of a name or of a label's key. Default: 255.</summary>
    public int NameCharactersMax { get; set; } = 255;

    /// <summary>Labels of a series. Default: 64.</summary>
    public int LabelsMax { get; set; } = 64;

    /// <summary>Characters of a label's value. Default: 1,024.</summary>
    public int LabelValueCharactersMax { get; set; } = 1_024;

    /// <summary>Series seen within <see cref="ActiveFor"/>. Default: 100,000, which take about 50 MB when they are all used.</summary>
    public int ActiveSeriesMax { get; set; } = 100_000;

    /// <summary>How long a series counts as active after its last sample. Default: 24 hours.</summary>
    public TimeSpan ActiveFor { get; set; } = TimeSpan.FromHours(24);
}
