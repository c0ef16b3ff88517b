using Holdfast.Spool;
using Holdfast.Sqlite.Spool;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Storage.Tests.OfSpool;

public sealed class SpoolValidationTests : IAsyncDisposable
{
    private readonly SpoolHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Counts_of_one_type_add_up()
    {
        var spool = await _harness.OpenAsync();
        await spool.ValidateAsync(new ValidationCount("a", 5, 4, 1, 2, 3, 10), new ValidationCount("b", 1, 1, 0, 0, 0, 1));
        await spool.ValidateAsync(new ValidationCount("a", 1, 1, 0, 1, 1, 5));

        var taken = await spool.TakeValidationAsync(CancellationToken.None);

        taken.Counts.ShouldBe([new("a", 6, 5, 1, 3, 4, 15), new("b", 1, 1, 0, 0, 0, 1)]);
    }

    [Fact]
    public async Task What_was_taken_keeps_its_id_and_its_counts_until_it_is_confirmed()
    {
        var spool = await _harness.OpenAsync();
        await spool.ValidateAsync(new ValidationCount("a", 1, 1, 0, 0, 0, 0));
        var taken = await spool.TakeValidationAsync(CancellationToken.None);
        await spool.ValidateAsync(new ValidationCount("a", 10, 10, 0, 0, 0, 0));

        var revived = await _harness.OpenAsync(directory: _harness.Crash());
        var again = await revived.TakeValidationAsync(CancellationToken.None);
        await revived.ConfirmValidationAsync(again.BatchId, CancellationToken.None);
        var next = await revived.TakeValidationAsync(CancellationToken.None);

        again.BatchId.ShouldBe(taken.BatchId);
        again.Counts.ShouldHaveSingleItem().Total.ShouldBe(1);
        next.BatchId.ShouldNotBe(taken.BatchId);
        next.Counts.ShouldHaveSingleItem().Total.ShouldBe(10);
    }

    [Fact]
    public async Task Nothing_waits_when_nothing_was_validated()
    {
        var spool = await _harness.OpenAsync();

        var taken = await spool.TakeValidationAsync(CancellationToken.None);

        taken.Counts.ShouldBeEmpty();
    }

    [Fact]
    public async Task Types_beyond_the_limit_share_one_bucket()
    {
        var spool = await _harness.OpenAsync();
        var counts = Enumerable.Range(0, ValidationTable.TypesMax + 5).Select(n => new ValidationCount($"type{n}", 1, 1, 0, 0, 0, 0));

        await spool.ValidateAsync([.. counts]);

        var taken = await spool.TakeValidationAsync(CancellationToken.None);
        taken.Counts.Count.ShouldBe(ValidationTable.TypesMax + 1);
        taken.Counts.Single(c => c.EventType == ValidationTable.OtherTypes).Total.ShouldBe(5);
    }
}
