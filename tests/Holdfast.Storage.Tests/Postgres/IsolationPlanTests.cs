using FsCheck;
using FsCheck.Fluent;
using Holdfast.Postgres.Store;

namespace Holdfast.Storage.Tests.Postgres;

public sealed class IsolationPlanTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_good_row_is_stored_once_and_every_bad_one_left_out_wherever_they_are(bool databaseNamesTheRow)
    {
        var batches = Arb.From(
            from rows in Gen.Choose(1, 400)
            from bad in Gen.Choose(0, rows - 1).ListOf()
            select (Rows: rows, Bad: bad.ToHashSet()));

        Prop.ForAll(batches, batch =>
        {
            var run = Run(batch.Rows, batch.Bad, databaseNamesTheRow);
            return run.Stored.SequenceEqual(Enumerable.Range(0, batch.Rows).Except(batch.Bad)) && run.LeftOut.SetEquals(batch.Bad);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_clean_batch_is_one_attempt() => Run(5_000, [], databaseNamesTheRow: true).Sent.ShouldBe([5_000]);

    [Fact]
    public void One_bad_row_costs_the_batch_about_once_more_than_a_clean_one()
    {
        var run = Run(5_000, [2_500], databaseNamesTheRow: true);

        run.Sent.Count.ShouldBe(3);
        run.Sent.Sum().ShouldBeLessThan(2 * 5_000);
    }

    [Fact]
    public void Twenty_bad_rows_do_not_send_the_rest_of_the_batch_again_and_again()
    {
        var random = new Random(7);
        var bad = Enumerable.Range(0, 20).Select(_ => random.Next(5_000)).ToHashSet();

        var run = Run(5_000, bad, databaseNamesTheRow: true);

        run.Sent.Count.ShouldBeLessThanOrEqualTo((3 * bad.Count) + 3);
        run.Sent.Sum().ShouldBeLessThan(5 * 5_000);
    }

    [Fact]
    public void A_row_without_a_name_is_found_by_halving()
    {
        var run = Run(512, [300], databaseNamesTheRow: false);

        run.Sent.Count.ShouldBeLessThanOrEqualTo(24);
    }

    private static (List<int> Stored, HashSet<int> LeftOut, List<int> Sent) Run(int rows, HashSet<int> bad, bool databaseNamesTheRow)
    {
        var plan = new IsolationPlan(rows);
        var (stored, leftOut, sent) = (new List<int>(), new HashSet<int>(), new List<int>());
        while (!plan.Done)
        {
            var range = Enumerable.Range(plan.First, plan.End - plan.First).Where(row => !leftOut.Contains(row)).ToList();
            sent.Add(range.Count);
            var firstBad = range.FindIndex(bad.Contains);
            if (firstBad < 0)
            {
                stored.AddRange(range);
                plan.Stored();
            }
            else if (databaseNamesTheRow || range.Count == 1)
            {
                leftOut.Add(range[firstBad]);
                plan.LeftOut(range[firstBad]);
            }
            else
            {
                plan.Halve();
            }
        }

        return (stored, leftOut, sent);
    }
}
