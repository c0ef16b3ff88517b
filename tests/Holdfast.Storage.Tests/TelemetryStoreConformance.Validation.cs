using Holdfast.Pipeline;
using Holdfast.Spool;

namespace Holdfast.Storage.Tests;

public abstract partial class TelemetryStoreConformance
{
    [Fact]
    public async Task Validation_counts_are_written_once_per_id_and_type()
    {
        var (placed, invalid) = (new ValidationCount("order.placed", 10, 9, 1, 1, 0, 1_500), new ValidationCount("(invalid)", 1, 0, 1, 2, 3, 10));
        var id = Guid.NewGuid();

        var first = await Validated(id, Noon, placed);
        var both = await Validated(id, Noon.AddMinutes(5), placed, invalid);
        var again = await Validated(id, Noon.AddMinutes(9), placed, invalid);

        (first.Rows, both.Rows, again.Rows).ShouldBe((1, 1, 0));
        first.Approach.ShouldBeOneOf("rpc", "direct", "view");
        (await Store.ReadValidationAsync(Noon.AddHours(1), CancellationToken.None)).Recent.ShouldBe(
        [
            new ValidationRow("(invalid)", 1, 0, 1, 0, 0.01, 2, 3, Noon.AddMinutes(5)),
            new ValidationRow("order.placed", 10, 9, 1, 90, 0.15, 1, 0, Noon),
        ]);
    }

    [Fact]
    public async Task A_type_under_another_id_is_another_row()
    {
        await Validated(Guid.NewGuid(), Noon, new ValidationCount("a", 1, 1, 0, 0, 0, 0));
        await Validated(Guid.NewGuid(), Noon, new ValidationCount("a", 2, 2, 0, 0, 0, 0));

        var history = await Store.ReadValidationAsync(Noon, CancellationToken.None);

        history.Recent.Select(row => row.TotalEvents).ShouldBe([1, 2], ignoreOrder: true);
    }

    [Fact]
    public async Task Validation_is_summed_up_over_a_week_by_event_type()
    {
        await Validated(Guid.NewGuid(), Noon.AddDays(-8), new ValidationCount("a", 1_000, 0, 1_000, 9, 9, 9));
        await Validated(Guid.NewGuid(), Noon.AddDays(-6), new ValidationCount("a", 10, 5, 5, 5, 1, 10_000), new ValidationCount("b", 100, 100, 0, 0, 0, 100_000));
        await Validated(Guid.NewGuid(), Noon, new ValidationCount("a", 4, 4, 0, 0, 2, 12_000));

        var history = await Store.ReadValidationAsync(Noon, CancellationToken.None);

        history.Summary.ShouldBe(
        [
            new ValidationSummary("b", 1, 100, 100, 0, 100, 1, 0, 0, Noon.AddDays(-6)),
            new ValidationSummary("a", 2, 14, 9, 5, 75, 2, 5, 3, Noon),
        ]);
        history.Recent.ShouldHaveSingleItem().TotalEvents.ShouldBe(4);
    }

    [Fact]
    public async Task Of_any_number_of_event_types_the_history_shows_the_first_thousand()
    {
        var counts = Enumerable.Range(1, ValidationHistory.RowsMax + 1).Select(n => new ValidationCount($"type{n}", n, n, 0, 0, 0, 0)).ToArray();

        var written = await Validated(Guid.NewGuid(), Noon, counts);
        var history = await Store.ReadValidationAsync(Noon, CancellationToken.None);

        written.Rows.ShouldBe(counts.Length);
        history.Recent.Count.ShouldBe(ValidationHistory.RowsMax);
        history.Summary.Count.ShouldBe(ValidationHistory.RowsMax);
        history.Summary[0].TotalEvents.ShouldBe(ValidationHistory.RowsMax + 1);
    }

    private ValueTask<ValidationWriteResult> Validated(Guid id, DateTimeOffset flushedAt, params ValidationCount[] counts) =>
        Store.WriteValidationAsync(new PendingValidation(id, counts), flushedAt, CancellationToken.None);
}
