using Holdfast.Operations;
using Holdfast.Pipeline;
using Holdfast.Pipeline.DeadLetters;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests.Operations;

/// <summary>The worker over dead letters of the reference store.</summary>
public sealed class OperationLetterTests
{
    private static readonly Guid SpoolId = new("0190aaaa-0000-7000-8000-000000000005");

    private readonly OperationRig _rig = new();

    [Fact]
    public async Task Letters_are_replayed_and_those_that_are_refused_again_are_met_once()
    {
        var ids = await LettersAsync(6);
        await MendAsync(ids[1]);
        await MendAsync(ids[3]);
        var operation = await _rig.BeginAsync(over: OperationOver.DeadLetters, stopAbove: 1);

        var done = await _rig.UntilAsync(operation, OperationState.Completed);

        (done.Matched, done.Progress).ShouldBe((6, new OperationProgress(6, 2, 4, 0)));
        var letters = await StatusesAsync(ids);
        letters.Select(letter => letter.Status == DeadLetterStatus.Recovered).ShouldBe([false, true, false, true, false, false]);
        letters.Select(letter => letter.RetryCount).ShouldAllBe(count => count == 1);
    }

    [Fact]
    public async Task Letters_are_discarded()
    {
        var ids = await LettersAsync(1_100);
        var operation = await _rig.BeginAsync(OperationKind.Discard, OperationOver.DeadLetters);

        var done = await _rig.UntilAsync(operation, OperationState.Completed);

        done.Progress.ShouldBe(new OperationProgress(1_100, 1_100, 0, 0));
        (await StatusesAsync(ids)).ShouldAllBe(letter => letter.Status == DeadLetterStatus.Discarded);
    }

    [Fact]
    public async Task Letters_that_came_after_the_cutoff_are_left()
    {
        var early = await LettersAsync(2);
        var operation = await _rig.BeginAsync(OperationKind.Discard, OperationOver.DeadLetters);
        var late = await LettersAsync(2);

        (await _rig.UntilAsync(operation, OperationState.Completed)).Progress.Taken.ShouldBe(2);

        (await StatusesAsync([.. early, .. late])).Select(letter => letter.IsDoneWith).ShouldBe([true, true, false, false]);
    }

    [Fact]
    public async Task A_canary_over_letters_that_are_refused_again_stops()
    {
        await LettersAsync(50);
        var operation = await _rig.BeginAsync(over: OperationOver.DeadLetters, canary: true);

        var stopped = await _rig.UntilAsync(operation, OperationState.Stopped);

        stopped.Progress.ShouldBe(new OperationProgress(1, 0, 1, 0));
    }

    [Fact]
    public async Task A_pause_in_the_middle_of_a_portion_loses_neither_its_count_nor_its_place()
    {
        var ids = await LettersAsync(20);
        var operation = await _rig.BeginAsync(over: OperationOver.DeadLetters, rate: 5, stopAbove: 1);
        await _rig.UntilAsync(operation, now => now.Matched is not null);

        // Somebody changes it between the look of the worker and its save.
        var seen = await _rig.GetAsync(operation);
        await _rig.ChangeAsync(operation, OperationState.Paused);
        await new OperationMover(_rig.Store, Items(), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance).MoveOnAsync(seen, CancellationToken.None);

        (await _rig.GetAsync(operation)).ShouldSatisfyAllConditions(
            now => now.State.ShouldBe(OperationState.Paused),
            now => now.Progress.ShouldBe(new OperationProgress(5, 0, 5, 0)),
            now => now.Position.ShouldBe(ids[4]));
        await _rig.ChangeAsync(operation, OperationState.Running);
        (await _rig.UntilAsync(operation, OperationState.Completed)).Progress.ShouldBe(new OperationProgress(20, 0, 20, 0));
        (await StatusesAsync(ids)).ShouldAllBe(letter => letter.RetryCount == 1);
    }

    private Dictionary<OperationOver, IOperationItems> Items() => new()
    {
        [OperationOver.DeadLetters] = new DeadLetterItems(_rig.Letters.DeadLetters, new DeadLetterContext(() => new DeadLetterOptions(), "node", _rig.Time, () => 0.5)),
    };

    private async Task<IReadOnlyList<long>> LettersAsync(int count)
    {
        var ids = new List<long>();
        for (var i = 0; i < count; i++)
        {
            var batchSeq = (await _rig.Letters.ReadHeldAsync(SpoolId, CancellationToken.None)).HighestBatchSeq + 1;
            await _rig.Letters.WriteAsync(new StoreWrite(SpoolId, [Batches.OfEvents(batchSeq, batchSeq, Batches.Event(data: "[]"))]), CancellationToken.None);
            ids.Add(_rig.Letters.Letters[^1].Id);
        }

        _rig.Time.Advance(TimeSpan.FromMilliseconds(1));
        return ids;
    }

    private async Task<IReadOnlyList<DeadLetter>> StatusesAsync(IReadOnlyList<long> ids)
    {
        var letters = new List<DeadLetter>();
        foreach (var id in ids)
        {
            letters.Add((await _rig.Letters.DeadLetters.GetAsync(id, CancellationToken.None)).ShouldNotBeNull());
        }

        return letters;
    }

    private async Task MendAsync(long id)
    {
        var letter = (await _rig.Letters.DeadLetters.GetAsync(id, CancellationToken.None)).ShouldNotBeNull();
        var at = 0;
        var row = EventCodec.ReadRow(letter.Payload, ref at) with { Data = "{}"u8.ToArray() };
        var bytes = Batches.Encode([row]);
        await _rig.Letters.DeadLetters.EditAsync(new DeadLetterEdit(id, letter.Version, bytes, EventCodec.Version, DeadLetterPayload.Of(row, bytes)), CancellationToken.None);
    }
}
