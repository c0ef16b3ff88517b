using Holdfast.Postgres.Retries;
using Holdfast.Retries;
using Holdfast.Storage.Tests.Retries;
using Holdfast.Testing;

namespace Holdfast.Storage.Tests.Postgres;

/// <summary>When claims look through windows, and where these begin.</summary>
public class ClaimWindowsTests
{
    private static readonly string[] Types = ["http_callback"];
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private const long Short = ClaimWindows.Many - 1;
    private const long Long = ClaimWindows.Many;
    private static readonly TimeSpan Took = TimeSpan.FromMilliseconds(200);

    private readonly ManualTimeProvider _time = new();
    private readonly ClaimWindows _windows;

    public ClaimWindowsTests() => _windows = new ClaimWindows(_time, ClaimWindows.Many);

    [Fact]
    public void While_looks_are_short_all_of_them_are_full()
    {
        Note(Short);

        _windows.Next(Types).IsEverywhere.ShouldBeTrue();
    }

    [Fact]
    public void After_a_long_one_they_go_through_windows_for_twenty_times_as_long()
    {
        Note(Long, Item(Now.AddSeconds(-3)));

        var look = _windows.Next(Types);
        _windows.Note(look, Found(Short));
        _time.Advance(Took * 20 - TimeSpan.FromTicks(1));
        var last = _windows.Next(Types);
        _time.Advance(TimeSpan.FromTicks(1));

        look.Types.ShouldBe(Types);
        look.FullIn.ShouldBe(Took * 20);
        last.IsEverywhere.ShouldBeFalse();
        _windows.Next(Types).IsEverywhere.ShouldBeTrue();
    }

    [Fact]
    public void A_window_begins_half_a_second_before_the_last_that_was_handed_out_or_where_there_was_no_more_before_this_moment()
    {
        var last = Item(Now.AddSeconds(-3));
        Note(Long, isAll: false, last);
        var behindLast = _windows.Next(Types).Keys!.ShouldHaveSingleItem();

        Note(Long, isAll: true, last);
        var look = _windows.Next(Types);

        behindLast.ShouldBe(Microseconds(last.RunAfter + last.What.Penalty) - 500_000);
        look.Keys.ShouldBe([Microseconds(Now + last.What.Penalty) - 500_000]);
        look.DueFrom.ShouldBe(Now.AddMilliseconds(-500));
    }

    [Fact]
    public void A_type_of_which_nothing_is_known_is_looked_for_everywhere()
    {
        Note(Long, Item(Now));

        _windows.Next([.. Types, "mail"]).IsEverywhere.ShouldBeTrue();
        _windows.Next(null).IsEverywhere.ShouldBeTrue();
    }

    [Fact]
    public void Windows_that_do_not_help_are_left_alone_for_ten_seconds()
    {
        Note(Long, Item(Now));

        _windows.Note(_windows.Next(Types), Found(Long));

        _windows.Next(Types).IsEverywhere.ShouldBeTrue();
        Note(Long, Item(Now));
        _windows.Next(Types).IsEverywhere.ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(10));
        Note(Long, Item(Now));
        _windows.Next(Types).IsEverywhere.ShouldBeFalse();
    }

    [Fact]
    public void What_there_was_no_time_for_is_still_looked_for()
    {
        _windows.Note(ClaimLook.Everywhere, Found(Long, items: Item(Now)) with { MoreDue = true });

        _windows.Next(Types).DueFrom.ShouldBeNull();
    }

    private void Note(long walked, params RetryItem[] items) => Note(walked, isAll: true, items);

    private void Note(long walked, bool isAll, params RetryItem[] items) => _windows.Note(ClaimLook.Everywhere, Found(walked, isAll, items));

    private static ClaimFindings Found(long walked, bool isAll = true, params RetryItem[] items) => new(items, Types, Now, Took, walked, isAll, MoreDue: false);

    private static RetryItem Item(DateTimeOffset runAfter) => new()
    {
        What = RetryItems.New(),
        RunAfter = runAfter,
        CreatedAt = runAfter,
        UpdatedAt = runAfter,
        Status = RetryStatus.Processing,
        Attempt = 1,
        Crashes = 0,
        Version = 1,
    };

    private static long Microseconds(DateTimeOffset moment) => (moment - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
