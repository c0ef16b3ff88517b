using Holdfast.Pipeline;
using Holdfast.Spool;

namespace Holdfast.Otlp;

/// <summary>How a request is written.</summary>
internal enum OtlpEncoding
{
    /// <summary>Protocol Buffers; <c>application/x-protobuf</c>.</summary>
    Protobuf,

    /// <summary>Their JSON form; <c>application/json</c>.</summary>
    Json,
}

/// <summary>What became of a request that could be read. What it calls neither rejected nor repeated is durable.</summary>
/// <param name="RejectedPoints">Data points that were not recorded.</param>
/// <param name="Message">Why not, with an example of each reason; empty when all were.</param>
internal sealed record OtlpResult(long RejectedPoints, string Message);

/// <summary>Takes metrics of OpenTelemetry in: reads, maps onto series, makes durable, answers.</summary>
internal sealed class OtlpIntake(SampleIntake samples, SeriesRegistry registry, Func<OtlpOptions> options, Refusals refusals, TimeProvider time) : IDisposable
{
    private readonly OtlpStreams _streams = new();
    private readonly CounterBook _book = new(options().TimestampAgeMax);

    // A total is only right if the differences before it were recorded. So a request with differences waits until the one before it is
    // durable or taken back; requests without any, which is what SDKs send unless told otherwise, wait for nobody.
    private readonly SemaphoreSlim _differences = new(1, 1);

    /// <summary>Records the data points of a body. What is wrong with single points is in the result.</summary>
    /// <exception cref="OtlpFormatException">The body cannot be read; nothing was taken.</exception>
    /// <exception cref="SpoolFullException">The spool's budget is used up; nothing was taken.</exception>
    /// <exception cref="SpoolUnavailableException">The disk cannot be written; nothing was acknowledged.</exception>
    public async ValueTask<OtlpResult> IngestAsync(ReadOnlyMemory<byte> body, OtlpEncoding encoding, CancellationToken cancellationToken)
    {
        using var mapping = Map(body.Span, encoding);
        foreach (var stale in await RecordAsync(mapping, cancellationToken))
        {
            mapping.Rejections.Add(PointFault.Stale, stale);
        }

        refusals.Add(SpoolKind.Sample, RefusalReason.Invalid, mapping.Rejections.Count);
        return new OtlpResult(mapping.Rejections.Count, mapping.Rejections.Describe());
    }

    public void Dispose() => _differences.Dispose();

    private PointMapping Map(ReadOnlySpan<byte> body, OtlpEncoding encoding)
    {
        var settings = options();
        using var point = new OtlpPoint(settings.BucketsMax);
        IAttributeFormat format = encoding == OtlpEncoding.Protobuf ? ProtobufAttributes.Format : JsonAttributes.Format;
        var mapping = new PointMapping(format, settings, registry, _streams, time.GetUtcNow());
        try
        {
            if (encoding == OtlpEncoding.Protobuf)
            {
                new ProtobufMetrics(mapping, point).Read(body);
            }
            else
            {
                new JsonMetrics(body, mapping, point).Read();
            }

            return mapping;
        }
        catch (OtlpFormatException)
        {
            mapping.Dispose();
            refusals.Add(SpoolKind.Sample, RefusalReason.Unreadable, 1);
            throw;
        }
    }

    private async ValueTask<IReadOnlyList<string>> RecordAsync(PointMapping mapping, CancellationToken cancellationToken)
    {
        if (!mapping.HasDifferences)
        {
            return await PostAsync(mapping.Readings, cancellationToken);
        }

        await _differences.WaitAsync(cancellationToken);
        try
        {
            return await PostAsync(mapping.Readings, cancellationToken);
        }
        finally
        {
            _differences.Release();
        }
    }

    private async ValueTask<IReadOnlyList<string>> PostAsync(List<OtlpReading> readings, CancellationToken cancellationToken)
    {
        var posting = _book.Post(readings);
        try
        {
            await samples.RecordAsync(posting.Samples, cancellationToken);
            return posting.StalePoints;
        }
        catch
        {
            _book.TakeBack(posting);
            throw;
        }
    }
}
