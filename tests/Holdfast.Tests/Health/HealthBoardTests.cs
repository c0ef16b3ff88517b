using Holdfast.Health;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Health;

public sealed class HealthBoardTests : IDisposable
{
    private static readonly RecoveryRule Spool = new("x", "spool", ["repair"]);

    private readonly HealthRig _rig = new([Spool]);

    [Fact]
    public void The_whole_is_as_its_worst_check_and_its_score_agrees()
    {
        Board.Snapshot().State.ShouldBe(HealthState.Unknown);

        _rig.Found("storage", HealthState.Pass);
        (Board.Snapshot().State, Board.Snapshot().Score).ShouldBe((HealthState.Pass, 100));

        _rig.Found("spool", HealthState.Warn, times: 3);
        (Board.Snapshot().State, Board.Snapshot().Score).ShouldBe((HealthState.Warn, 80));

        _rig.Found("storage", HealthState.Fail, times: 3);
        (Board.Snapshot().State, Board.Snapshot().Score).ShouldBe((HealthState.Fail, 40));
    }

    [Fact]
    public void An_incident_lasts_from_the_first_failure_until_nothing_fails_and_is_one_timeline()
    {
        _rig.Found("storage", HealthState.Pass);
        _rig.Found("spool", HealthState.Pass);
        _rig.Found("storage", HealthState.Fail, times: 3);
        _rig.Clock.Advance(TimeSpan.FromSeconds(30));
        _rig.Found("spool", HealthState.Fail, times: 3);
        _rig.Found("storage", HealthState.Pass, times: 5);
        Board.Snapshot().Incident.ShouldNotBeNull().Check.ShouldBe("storage");
        _rig.Found("spool", HealthState.Pass, times: 5);

        Board.Snapshot().Incident.ShouldBeNull();
        Lines().ShouldBe(["incident_opened storage", "transition storage pass>fail", "transition spool pass>fail", "transition storage fail>pass", "transition spool fail>pass", "incident_closed storage"]);
        _rig.Happened.Select(entry => entry.Incident).Distinct().ShouldHaveSingleItem().ShouldNotBeNull();
        _rig.Happened[^1].Detail.ShouldBe("It took 30 s; the last to recover was spool.");
    }

    [Fact]
    public void That_a_check_passes_from_the_start_is_no_news_and_that_it_is_not_run_is_none()
    {
        _rig.Found("storage", HealthState.Pass);

        Board.Suppress("storage", "because");

        Board.Find("storage")!.State.ShouldBe(HealthState.Unknown);
        _rig.Happened.ShouldBeEmpty();
    }

    [Fact]
    public void An_incident_outlives_the_process_and_is_closed_by_the_recovery_after_it()
    {
        _rig.Found("storage", HealthState.Fail, times: 3);
        using var again = new HealthRig([Spool], Board.Remember());

        again.Found("storage", HealthState.Pass, times: 4);
        again.Board.Snapshot().Incident.ShouldNotBeNull().Id.ShouldBe(_rig.Happened[0].Incident!.Value);
        again.Found("storage", HealthState.Pass);

        again.Board.Snapshot().Incident.ShouldBeNull();
        again.Board.Query(new HealthQuery()).Items.Count.ShouldBe(4);
    }

    [Fact]
    public void A_check_that_is_left_out_takes_its_incident_with_it()
    {
        _rig.Found("storage", HealthState.Fail, times: 3);

        Board.Disable("storage");

        Board.Snapshot().Incident.ShouldBeNull();
    }

    [Fact]
    public void The_timeline_is_read_page_by_page_the_newest_first_and_by_what_is_asked_for()
    {
        _rig.Found("storage", HealthState.Fail, times: 3);
        _rig.Found("storage", HealthState.Pass, times: 5);

        var first = Board.Query(new HealthQuery { Limit = 3 });
        var second = Board.Query(new HealthQuery { Limit = 3, Before = first.Next });

        first.Items.Concat(second.Items).Select(entry => entry.Number).ShouldBe([4, 3, 2, 1]);
        second.Next.ShouldBeNull();
        Board.Query(new HealthQuery { Kind = HealthEntryKind.Transition }).Items.Count.ShouldBe(2);
        Board.Query(new HealthQuery { Check = "spool" }).Items.ShouldBeEmpty();
    }

    [Fact]
    public void Pages_neither_skip_nor_repeat_what_was_there_while_more_happens_and_the_oldest_is_forgotten()
    {
        Note(from: 1, to: HealthTimeline.EntriesMax);

        var seen = new List<long>();
        var query = new HealthQuery { Limit = 100 };
        for (var page = Board.Query(query); ; page = Board.Query(query))
        {
            seen.AddRange(page.Items.Select(entry => entry.Number));
            if (page.Next is null)
            {
                break;
            }

            query = query with { Before = page.Next };
            Note(from: 0, to: 10);
        }

        // What was forgotten meanwhile is not there any more.
        seen.ShouldBe(Enumerable.Range(0, seen.Count).Select(i => (long)(HealthTimeline.EntriesMax - i)));
        seen[^1].ShouldBe(Board.Remember().Entries[0].Number);
    }

    [Fact]
    public void What_began_by_a_clock_that_was_ahead_lasts_from_when_it_comes_back()
    {
        _rig.Clock.Jump(TimeSpan.FromDays(300));
        _rig.Found("storage", HealthState.Fail, times: 3);
        _rig.Clock.Jump(-TimeSpan.FromDays(300));
        var back = _rig.Clock.GetUtcNow();

        _rig.Found("storage", HealthState.Fail);
        _rig.Clock.Advance(TimeSpan.FromSeconds(30));

        (Board.Find("storage")!.Since, Board.Snapshot().Since, Board.Snapshot().Incident!.OpenedAt).ShouldBe((back, back, back));
        _rig.Found("storage", HealthState.Pass, times: 5);
        _rig.Happened[^1].Detail.ShouldBe("It took 30 s; the last to recover was storage.");
    }

    [Fact]
    public void The_timeline_is_bounded()
    {
        for (var i = 0; i < HealthTimeline.EntriesMax; i++)
        {
            Board.Note("storage", entry => entry with { Outcome = $"{i}" });
        }

        Board.Note("storage", entry => entry with { Outcome = "last" });

        var kept = Board.Remember().Entries;
        kept.Count.ShouldBe(HealthTimeline.EntriesMax);
        (kept[0].Outcome, kept[^1].Outcome).ShouldBe(("1", "last"));
    }

    public void Dispose() => _rig.Dispose();

    private HealthBoard Board => _rig.Board;

    private void Note(int from, int to)
    {
        for (var i = from; i <= to; i++)
        {
            Board.Note("storage", entry => entry with { Outcome = $"{i}" });
        }
    }

    private IEnumerable<string> Lines() => _rig.Happened.Select(entry =>
        $"{HealthEntryKinds.NameOf(entry.Kind)} {entry.Check}{(entry.To is null ? "" : $" {HealthStates.NameOf(entry.From!.Value)}>{HealthStates.NameOf(entry.To.Value)}")}");
}
