using Holdfast.Pipeline;
using Holdfast.Spool;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Pipeline;

public class SampleIntakeTests
{
    private static readonly SeriesDefinition Cpu = SeriesDefinition.Create("cpu", "{}", "1", SeriesKind.Gauge);

    private readonly IntakeRig _rig = new();

    [Fact]
    public async Task Samples_become_durable_in_one_append_of_limited_batches()
    {
        _rig.Options = new IntakeOptions { BatchRowsMax = 3 };
        var samples = Enumerable.Range(0, 7).Select(i => new Sample(Cpu, i, i / 2.0)).ToList();

        var recorded = await _rig.Samples.RecordAsync(samples, TestContext.Current.CancellationToken);

        recorded.ShouldBe(7);
        _rig.Spool.Appends.ShouldHaveSingleItem().Entries.Select(entry => (entry.Kind, entry.Count)).ShouldBe(
            [(SpoolKind.Sample, 3), (SpoolKind.Sample, 3), (SpoolKind.Sample, 1)]);
        _rig.Spool.Entries.SelectMany(entry => SampleCodec.Read(entry.Payload)).ShouldBe(samples);
    }

    [Fact]
    public void Batches_are_cut_at_bytes_with_the_dictionary_in_them()
    {
        var samples = Enumerable.Range(0, 40)
            .Select(i => new Sample(SeriesDefinition.Create($"s{i}", $$"""{"l":"{{new string('x', 500)}}"}""", "1", SeriesKind.Gauge), i, i))
            .ToList();

        var batches = SampleBatches.Cut(samples, 5_000, bytesMax: 6_000);

        batches.Count.ShouldBe(4);
        batches.ShouldAllBe(batch => batch.Payload.Length <= 6_000);
        batches.SelectMany(batch => SampleCodec.Read(batch.Payload)).ShouldBe(samples);
    }

    [Fact]
    public void A_sample_larger_than_a_batch_travels_alone()
    {
        var samples = Enumerable.Range(0, 3).Select(i => new Sample(Cpu, i, i)).ToList();

        SampleBatches.Cut(samples, 5_000, bytesMax: 1).Select(batch => batch.Count).ShouldBe([1, 1, 1]);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public async Task What_is_no_finite_number_is_refused_and_counted(double value)
    {
        var recorded = await _rig.Samples.RecordAsync([new Sample(Cpu, 1, value), new Sample(Cpu, 2, 1)], TestContext.Current.CancellationToken);

        recorded.ShouldBe(1);
        _rig.Refusals.Snapshot().Samples[RefusalReason.Invalid].ShouldBe(1);
        _rig.Spool.Entries.ShouldHaveSingleItem().Count.ShouldBe(1);
    }

    [Fact]
    public async Task No_samples_are_no_append()
    {
        await _rig.Samples.RecordAsync([], TestContext.Current.CancellationToken);

        _rig.Spool.Appends.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_producer_that_does_not_come_back_is_told_why_instead()
    {
        _rig.Spool.Fault = new SpoolFullException("no room", TimeSpan.FromSeconds(1));

        var reason = await _rig.Samples.TryRecordAsync([new Sample(Cpu, 1, 1)], TestContext.Current.CancellationToken);

        reason.ShouldBe("no room");
        _rig.Refusals.Snapshot().SamplesTotal.ShouldBe(1);
    }
}
