using Holdfast.Pipeline.DeadLetters;

namespace Holdfast.Tests.Pipeline.DeadLetters;

public sealed class UnparkPaceTests
{
    private readonly UnparkPace _pace = new();

    [Fact]
    public void What_is_taken_doubles_the_next_try_up_to_a_limit()
    {
        var tries = Enumerable.Range(0, 9).Select(_ => Try(suspicions: 0)).ToList();

        tries.ShouldBe([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, UnparkPace.RowsMax, UnparkPace.RowsMax]);
    }

    [Fact]
    public void A_schema_that_stays_broken_is_tried_with_few_rows_and_ever_more_seldom()
    {
        var suspicions = 1L;
        var rests = new List<int>();
        for (var tries = 0; tries < 6; tries++)
        {
            var rest = 0;
            while (Try(suspicions) is var rows && rows == 0)
            {
                rest++;
            }

            rests.Add(rest);
            suspicions++; // what was tried has come back
        }

        rests.ShouldBe([1, 2, 4, 8, 12, 12]);
    }

    [Fact]
    public void A_try_that_comes_back_begins_anew_with_few_rows()
    {
        Try(suspicions: 0);
        Try(suspicions: 0);
        Try(suspicions: 1).ShouldBe(0);
        Try(suspicions: 1).ShouldBe(0);

        var next = Try(suspicions: 1);

        next.ShouldBe(UnparkPace.RowsMin);
    }

    [Fact]
    public void While_data_that_has_just_come_is_refused_nothing_is_tried_and_soon_after_it_is()
    {
        var during = Enumerable.Range(1, 20).Select(suspicions => Try(suspicions)).ToList();
        var after = Try(suspicions: 20);

        during.ShouldAllBe(rows => rows == 0);
        after.ShouldBe(UnparkPace.RowsMin);
    }

    /// <summary>A pass in which everything that is due is sent on its way.</summary>
    private int Try(long suspicions)
    {
        var rows = _pace.NextPass(suspicions);
        if (rows > 0)
        {
            _pace.Tried();
        }

        return rows;
    }
}
