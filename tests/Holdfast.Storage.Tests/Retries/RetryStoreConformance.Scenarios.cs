using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Retries;

/// <summary>The six scenarios that every version of this queue was asked for, under their names.</summary>
public abstract partial class RetryStoreConformance
{
    [Fact]
    public async Task BasicRetryFlow()
    {
        var item = await Enqueued(RetryItems.New(maxRetries: 3));

        await Settle(AckKind.Retry, failure: Refused);
        await Settle(AckKind.Retry, failure: Refused);
        await Settle(AckKind.Completed);

        var kept = await Get(item);
        (kept.Status, kept.Attempt).ShouldBe((RetryStatus.Completed, 3));
        (await Claimed()).ShouldBeEmpty();
    }

    [Fact]
    public async Task ExponentialBackoff()
    {
        // Hours in the place of seconds: the store takes the delay as it comes.
        var policy = new RetryPolicy { InitialDelay = Hour * 2, BackoffMultiplier = 2, MaxDelay = Hour * 60, Jitter = 0 };
        await Enqueued(RetryItems.New(maxRetries: 5));

        var waits = new List<double>();
        for (var attempt = 1; attempt <= 4; attempt++)
        {
            await Settle(AckKind.Retry, policy.DelayAfter(attempt, () => 0.5), Refused);
            var wait = (await Claim()).NextIn.ShouldNotBeNull();
            waits.Add(Math.Round(wait.TotalHours, 1));
            await AdvanceAsync(wait + TimeSpan.FromMinutes(1));
        }

        waits.ShouldBe([2, 4, 8, 16]);
    }

    [Fact]
    public async Task PriorityOrdering()
    {
        int[] priorities = [0, -5, 10, 5, -10];
        await Enqueue([.. priorities.Select(priority => RetryItems.New(priority: priority))]);

        (await Claim()).Items.Select(item => item.What.Priority).ShouldBe([10, 5, 0, -5, -10]);
    }

    [Fact]
    public async Task ConcurrentWorkers()
    {
        const int Items = 120;
        await Enqueue(RetryItems.Several(Items));

        var executed = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(WorkUntilEmpty)));

        executed.SelectMany(ids => ids).Distinct().Count().ShouldBe(Items);
        executed.Sum(ids => ids.Count).ShouldBe(Items);
        (await Counts()).ShouldBe([new RetryCount("http_callback", RetryStatus.Completed, Items)]);
    }

    [Fact]
    public async Task MaxAttemptsLimit()
    {
        var item = await Enqueued(RetryItems.New(maxRetries: 3));
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            (await Settle(AckKind.Retry, failure: Refused)).Item.Attempt.ShouldBe(attempt);
        }

        var kept = await Get(item);
        (kept.Status, kept.Attempt, kept.LastFailure).ShouldBe((RetryStatus.DeadLetter, 3, Refused));
        (await Claimed()).ShouldBeEmpty();
    }

    [Fact]
    public async Task PersistenceAcrossRestart()
    {
        var finished = await In(RetryStatus.Completed);
        await Enqueue(RetryItems.New(), RetryItems.New(delay: Hour * 5), RetryItems.New());
        var held = await Hold();
        var before = await Everything();
        var history = await History(finished.Id);
        var counts = await Counts();

        await ReopenAsync();

        (await Everything()).ShouldBe(before);
        (await History(finished.Id)).ShouldBe(history);
        (await Counts()).ShouldBe(counts);
        (await Ack(held, AckKind.Completed)).ShouldBe(AckResult.Accepted);
        (await Claimed()).Count.ShouldBe(1);
    }

    private async Task<List<Guid>> WorkUntilEmpty()
    {
        var all = new List<Guid>();
        var process = await Worker();
        while (await Claim(process, limit: 5) is { Items.Count: > 0 } claim)
        {
            all.AddRange(claim.Items.Select(item => item.Id));
            var results = await Store.AckAsync(process, [.. claim.Items.Select(item => new RetryAck(item.Id, claim.Token, AckKind.Completed))], CancellationToken.None);
            results.ShouldAllBe(result => result == AckResult.Accepted);
        }

        return all;
    }

    private async Task<IReadOnlyList<string>> Everything() =>
    [
        .. (await List(new RetryFilter())).Items.Select(item =>
            $"{item.Id} {item.Status} {item.Attempt} {item.RunAfter:O} {item.UpdatedAt:O} {item.Holder} {item.What.Target} {Text(item.What.Payload)}"),
    ];
}
