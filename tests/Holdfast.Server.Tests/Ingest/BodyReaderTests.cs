using System.IO.Pipelines;
using Holdfast.AspNetCore.Ingest;
using Holdfast.Lifecycle;
using Holdfast.Server.Tests.Support;
using Holdfast.Testing;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Server.Tests.Ingest;

public sealed class BodyReaderTests : IDisposable
{
    private const int Megabyte = 1 << 20;

    private readonly ManualTimeProvider _time = new();
    private readonly BodyBudget _budget = new();
    private readonly Pipe _sent = new(new PipeOptions(pauseWriterThreshold: 0));
    private readonly BodyReader _reader;

    public BodyReaderTests() => _reader = new BodyReader(_budget, _time);

    public void Dispose() => _reader.Dispose();

    [Fact]
    public async Task A_body_takes_memory_only_as_it_arrives()
    {
        var reading = ReadAsync(16 * Megabyte);
        var before = _budget.Taken;
        await _sent.Writer.WriteAsync(new byte[Megabyte]);
        await _sent.Writer.CompleteAsync();
        using var body = (await reading).Body.ShouldNotBeNull();

        before.ShouldBeLessThanOrEqualTo(BodyReader.FirstBytes);
        body.Length.ShouldBe(Megabyte);
        _budget.Taken.ShouldBeLessThanOrEqualTo(2 * Megabyte);
    }

    [Fact]
    public async Task A_body_that_does_not_end_in_time_is_given_up_and_its_memory_given_back()
    {
        var reading = ReadAsync(Megabyte);
        await _sent.Writer.WriteAsync("["u8.ToArray());

        _time.Advance(BodyReader.Patience);

        (await reading).ShouldBe(new BodyRead(BodyOutcome.TooSlow, null));
        _budget.Taken.ShouldBe(0);
    }

    [Fact]
    public async Task A_body_that_is_still_arriving_when_the_process_leaves_is_given_up()
    {
        var reading = ReadAsync(Megabyte);

        await _reader.ShutdownAsync(new ShutdownReport(), CancellationToken.None);

        (await reading).Outcome.ShouldBe(BodyOutcome.GivenUp);
        (await ReadAsync(Megabyte)).Outcome.ShouldBe(BodyOutcome.GivenUp);
    }

    [Fact]
    public async Task Bodies_that_together_are_too_much_for_memory_are_refused()
    {
        _budget.TryTake(BodyBudget.MaxFor(Megabyte) - Megabyte, long.MaxValue).ShouldBeTrue();
        await _sent.Writer.WriteAsync(new byte[2 * Megabyte]);

        var read = await ReadAsync(4 * Megabyte);

        read.ShouldBe(new BodyRead(BodyOutcome.NoRoom, null));
    }

    [Theory]
    [InlineData(1 << 20, 64L << 20)]
    [InlineData(16 << 20, 64L << 20)]
    [InlineData(1 << 30, 4L << 30)]
    public void There_is_room_for_four_of_the_largest(long bodyBytesMax, long expected) => BodyBudget.MaxFor(bodyBytesMax).ShouldBe(expected);

    private Task<BodyRead> ReadAsync(int bytesMax)
    {
        var context = new DefaultHttpContext { Request = { Body = _sent.Reader.AsStream() } };
        return _reader.ReadAsync(context, bytesMax, Deadline.Token()).AsTask();
    }
}
