using Holdfast.Operations;

namespace Holdfast.Storage.Tests.Operations;

public abstract partial class OperationStoreConformance
{
    [Fact]
    public async Task An_operation_is_found_as_it_was_begun_also_after_a_restart()
    {
        var asked = New(OperationKind.Discard, OperationOver.DeadLetters) with
        {
            Filter = """{"sqlstate": "22P02"}""",
            RatePerSecond = 12.5,
            Canary = true,
            StopAbove = 0.25,
            Reason = "a mended schema",
        };

        var begun = await Operations.CreateAsync(asked, CancellationToken.None);
        await ReopenAsync();

        begun.ShouldBe(asked with { CreatedAt = begun.CreatedAt, Cutoff = begun.Cutoff });
        (await Get(begun)).ShouldBe(begun);
    }

    [Fact]
    public async Task An_operation_begins_at_the_time_of_the_store_whatever_was_said()
    {
        var before = await Begun();
        await AdvanceAsync(Hour);
        var after = await Operations.CreateAsync(New() with { CreatedAt = DateTimeOffset.UnixEpoch, Cutoff = DateTimeOffset.UnixEpoch }, CancellationToken.None);

        after.Cutoff.ShouldBe(after.CreatedAt);
        (after.CreatedAt - before.CreatedAt).ShouldBeInRange(Hour, Hour * 1.1);
    }

    [Fact]
    public async Task An_operation_that_is_begun_twice_is_one()
    {
        var first = await Begun();
        await Save(first with { Matched = 7 });
        await AdvanceAsync(Hour);

        var second = await Operations.CreateAsync(New() with { Id = first.Id, Kind = OperationKind.Cancel }, CancellationToken.None);

        second.ShouldBe(first with { Matched = 7, Version = second.Version });
        (await Operations.ListAsync(10, CancellationToken.None)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Operations_are_listed_the_newest_first()
    {
        var operations = new[] { await Begun(), await Begun(), await Begun() };

        (await Operations.ListAsync(2, CancellationToken.None)).Select(operation => operation.Id).ShouldBe([operations[2].Id, operations[1].Id]);
    }

    [Fact]
    public async Task An_operation_that_is_not_there_is_not_found_and_not_saved()
    {
        (await Operations.GetAsync(Guid.NewGuid(), CancellationToken.None)).ShouldBeNull();
        (await Save(New())).ShouldBeNull();
    }

    [Fact]
    public async Task Everything_about_how_far_it_is_is_saved()
    {
        var begun = await Begun();
        var changed = begun with
        {
            State = OperationState.Stopped,
            Matched = 1_000,
            Progress = new OperationProgress(40, 30, 5, 3),
            Step = 2,
            StepBase = new OperationProgress(11, 10, 1, 0),
            Position = 77,
            AllTaken = true,
            Because = "5 of 6 items failed again",
        };

        var saved = await Save(changed);

        saved.ShouldBe(changed with { Version = begun.Version + 1 });
        (await Get(begun)).ShouldBe(saved);
    }

    [Fact]
    public async Task Of_two_that_change_the_same_operation_the_second_is_told()
    {
        var seen = await Begun();
        await Save(seen with { State = OperationState.Paused });

        (await Save(seen with { Step = 1 })).ShouldBeNull();

        (await Get(seen)).ShouldSatisfyAllConditions(
            operation => operation.State.ShouldBe(OperationState.Paused),
            operation => operation.Step.ShouldBe(0));
    }

    [Theory]
    [InlineData(OperationState.Completed, true)]
    [InlineData(OperationState.Cancelled, true)]
    [InlineData(OperationState.Paused, false)]
    [InlineData(OperationState.Stopped, false)]
    internal async Task An_operation_ends_at_the_time_of_the_store(OperationState state, bool ends)
    {
        var begun = await Begun();
        await AdvanceAsync(Hour);

        var saved = (await Save(begun with { State = state })).ShouldNotBeNull();
        var again = (await Save(saved with { Matched = 1 })).ShouldNotBeNull();

        (saved.EndedAt is { } at && at - begun.CreatedAt >= Hour && at - begun.CreatedAt < Hour * 1.1).ShouldBe(ends);
        again.EndedAt.ShouldBe(saved.EndedAt);
    }

    [Fact]
    public async Task Only_those_that_run_are_driven_the_oldest_first()
    {
        var paused = await Begun();
        await Save(paused with { State = OperationState.Paused });
        var running = new[] { await Begun(), await Begun(), await Begun() };

        (await Driven(Guid.NewGuid(), limit: 2)).ShouldBe([running[0].Id, running[1].Id]);
    }

    [Fact]
    public async Task An_operation_has_one_driver_who_keeps_it_as_long_as_he_asks()
    {
        var (one, other) = (Guid.NewGuid(), Guid.NewGuid());
        var operation = await Begun();
        (await Driven(one)).ShouldBe([operation.Id]);
        (await Driven(other)).ShouldBeEmpty();

        await AdvanceAsync(Hour * 0.75);
        (await Driven(one)).ShouldBe([operation.Id]);
        await AdvanceAsync(Hour * 0.75);

        (await Driven(other)).ShouldBeEmpty();
        (await Driven(one)).ShouldBe([operation.Id]);
    }

    [Fact]
    public async Task An_operation_is_free_again_when_its_lease_has_ended()
    {
        var operation = await Begun();
        await Driven(Guid.NewGuid());
        await AdvanceAsync(Hour * 1.5);

        var other = Guid.NewGuid();
        (await Driven(other)).ShouldBe([operation.Id]);
        (await Driven(Guid.NewGuid())).ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_drivers_share_what_there_is()
    {
        var operations = new[] { await Begun(), await Begun(), await Begun() };

        var first = await Driven(Guid.NewGuid(), limit: 2);
        var second = await Driven(Guid.NewGuid(), limit: 2);

        first.Concat(second).ShouldBe(operations.Select(operation => operation.Id));
    }

    [Fact]
    public async Task An_operation_that_is_paused_is_driven_no_longer()
    {
        var driver = Guid.NewGuid();
        var operation = await Begun();
        await Driven(driver);

        await Save(operation with { State = OperationState.Paused });

        (await Driven(driver)).ShouldBeEmpty();
    }

    private async Task<IReadOnlyList<Guid>> Driven(Guid process, int limit = 10) =>
        [.. (await Operations.LeaseAsync(process, Hour, limit, CancellationToken.None)).Select(operation => operation.Id)];
}
