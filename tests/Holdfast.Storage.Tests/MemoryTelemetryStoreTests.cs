using Holdfast.Pipeline;
using Holdfast.Testing;

namespace Holdfast.Storage.Tests;

public sealed class MemoryTelemetryStoreTests : TelemetryStoreConformance
{
    private MemoryTelemetryStore _store = null!;

    private protected override ITelemetryStore Create(TimeProvider time) => _store = new MemoryTelemetryStore(time);

    private protected override IReadOnlyList<DeadLetterSeen> ReadDeadLetters() =>
        [.. _store.Letters.Select(l => new DeadLetterSeen(l.Kind, l.BatchSeq, l.Row, l.RowCount, l.PayloadJson, l.Payload.ToArray()))];
}
