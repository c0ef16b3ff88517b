using System.Text;
using Holdfast.Retries;

namespace Holdfast.Storage.Tests.Retries;

/// <summary>Carries out steps on a store and on the model, and looks after each whether they agree.</summary>
internal sealed class RetryScene(RetryBench bench)
{
    private static readonly TimeSpan Grid = TimeSpan.FromMinutes(10);

    // Positions in the queue are multiples of five minutes apart, or the same.
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    // Of whatever type, of one, of the other, of both, and of one that no item has.
    private static readonly string[]?[] ClaimedTypes =
        [null, ["http_callback"], ["sql_operation"], ["http_callback", "sql_operation"], ["unheard_of", "sql_operation"], ["unheard_of"], null, null];

    private readonly RetryModel _model = new();
    private readonly List<NewRetry> _made = [];
    private readonly List<Guid> _processes = [];

    // All that was ever handed out: most of it is stale, and all of it may come back.
    private readonly List<(Guid Id, long Token, Guid Process)> _handedOut = [];
    private long _lastToken;

    private IRetryStore Store => bench.Store;

    public async Task DoAsync(RetryStep step)
    {
        var (operation, a, b) = step;
        await (operation switch
        {
            "enqueue" => EnqueueAsync(a, b),
            "worker" => RenewAsync(step, NewProcess(), b),
            "advance" => AdvanceAsync(Grid * (a % 7)),
            "rescue" => RescueAsync(step),
            "renew" when _processes.Count > 0 => RenewAsync(step, Pick(_processes, a), b),
            "claim" => ClaimAsync(step),
            "leave" when _processes.Count > 0 => LeaveAsync(step, Pick(_processes, a)),
            "ack" when _handedOut.Count > 0 => AckOneAsync(step),
            "ack_all" when _handedOut.Count > 0 => AckAllAsync(step, Pick(_handedOut, a).Process),
            "requeue" when _made.Count > 0 => ChangeAsync(step, RetryTransitions.CanRequeue, Store.RequeueAsync, _model.Requeue),
            "cancel" when _made.Count > 0 => ChangeAsync(step, RetryTransitions.CanCancel, Store.CancelAsync, _model.Cancel),
            "dead_letter" when _made.Count > 0 => ChangeAsync(
                step, RetryTransitions.CanDeadLetter, (id, ct) => Store.DeadLetterAsync(id, "by hand", ct), _model.DeadLetter),
            "edit" when _made.Count > 0 => ChangeAsync(
                step, RetryTransitions.CanEdit, (id, ct) => Store.EditAsync(id, 1 + (b % 3), Encoding.UTF8.GetBytes($$"""{"edit": {{b}}}"""), ct),
                id => _model.Edit(id, 1 + (b % 3))),
            _ => Task.CompletedTask,
        });
    }

    /// <summary>Every item is in one place, as the model says; the running sums are a recount; and nothing is held twice.</summary>
    public async Task ShouldAgreeAsync(RetryStep step)
    {
        var listed = (await Store.ListAsync(new RetryQuery { Limit = 500 }, CancellationToken.None)).Items;
        listed.Select(item => item.Id).ShouldBe(_model.Items.Select(item => item.Id).OrderDescending(), $"after {step}");
        listed.Select(Show).ShouldBe(_model.Items.OrderByDescending(item => item.Id).Select(Show), $"after {step}");

        var counts = await Store.CountAsync(CancellationToken.None);
        var recount = listed.GroupBy(item => (item.What.OperationType, item.Status)).Select(group => new RetryCount(group.Key.OperationType, group.Key.Status, group.Count()));
        counts.Where(count => count.Items != 0).ShouldBe(recount, ignoreOrder: true, $"after {step}");
    }

    private async Task EnqueueAsync(int a, int b)
    {
        var items = Enumerable.Range(0, 1 + (a % 3)).Select(i => Make(a + (7 * i), b + (11 * i))).ToList();
        if (b % 10 == 0 && _made.Count > 0)
        {
            items.Add(Pick(_made, a)); // a repeat of something that is known
        }

        var answers = await Store.EnqueueAsync(items, CancellationToken.None);

        answers.ShouldBe(items.Select(_model.Enqueue));
        _made.AddRange(items.Where((_, i) => answers[i].Status == EnqueueStatus.Created));
    }

    private async Task ClaimAsync(RetryStep step)
    {
        var process = await ClaimerAsync(step);
        var order = new ClaimOrder(process, 1 + (step.B % 5), Alone: step.B % 4 == 0, ClaimedTypes[step.B / 20 % ClaimedTypes.Length]);
        var claim = await Store.ClaimAsync(order, CancellationToken.None);
        if (!_model.IsRunning(process))
        {
            claim.Items.ShouldBeEmpty($"{step}");
            return;
        }

        ShouldBeNext(step, order, claim, _model.Due(order.Alone, order.Types));
        foreach (var item in claim.Items)
        {
            _model.Take(item.Id, process, claim.Token);
            _handedOut.Add((item.Id, claim.Token, process));
        }

        claim.Solitary.ShouldBe(_model.Due(alone: true, order.Types).Count > 0, $"{step}");
        if (!order.Alone && claim.Items.Count < order.Limit)
        {
            ShouldBeAbout(claim.NextIn, _model.NextIn(order.Types), step);
        }
    }

    private void ShouldBeNext(RetryStep step, ClaimOrder order, RetryClaim claim, IReadOnlyList<ModelItem> due)
    {
        var places = due.ToDictionary(item => item.Id, item => item.QueuedAt);
        claim.Items.Select(item => item.Id).ShouldBeUnique($"{step}");
        claim.Items.ShouldAllBe(item => places.ContainsKey(item.Id), $"{step}");
        claim.Items.Count.ShouldBe(Math.Min(order.Alone ? 1 : order.Limit, due.Count), $"{step}");

        var handedOut = claim.Items.Select(item => places[item.Id]).ToList();
        handedOut.Zip(handedOut.Skip(1)).ShouldAllBe(pair => pair.First <= pair.Second + Slack, $"{step}");
        var left = due.Where(item => claim.Items.All(taken => taken.Id != item.Id)).Select(item => item.QueuedAt);
        left.ShouldAllBe(place => handedOut.All(taken => taken <= place + Slack), $"{step}");

        if (claim.Items.Count > 0)
        {
            claim.Token.ShouldBeGreaterThan(_lastToken, $"{step}");
            _lastToken = claim.Token;
        }
    }

    /// <summary>Of what is held, or of all that ever was; and now and then by somebody else.</summary>
    private Task AckOneAsync(RetryStep step)
    {
        var held = _handedOut.Where(given => _model.Holds(given.Id, given.Token)).ToList();
        var one = held.Count > 0 && step.A % 3 != 0 ? Pick(held, step.A) : Pick(_handedOut, step.A);
        return AckAsync(step, [Outcome(one, step.B)], step.B % 7 == 0 ? Pick(_processes, step.A) : one.Process);
    }

    private async Task AckAllAsync(RetryStep step, Guid process)
    {
        var held = _model.Items.Where(item => item.Holder?.Process == process).OrderBy(item => item.Id).ToList();
        await AckAsync(step, [.. held.Select((item, i) => Outcome((item.Id, item.Holder!.Value.Token, process), step.B + i))], process);
    }

    private async Task AckAsync(RetryStep step, IReadOnlyList<RetryAck> acks, Guid process) =>
        (await Store.AckAsync(process, acks, CancellationToken.None)).ShouldBe(acks.Select(ack => _model.Ack(process, ack)), $"{step}");

    private async Task RenewAsync(RetryStep step, Guid process, int b)
    {
        var lease = OffGrid(1 + (b % 12));
        (await Store.RenewAsync(process, "node", lease, CancellationToken.None)).ShouldBe(_model.Renew(process, lease), $"{step}");
    }

    private async Task LeaveAsync(RetryStep step, Guid process) =>
        (await Store.LeaveAsync(process, CancellationToken.None)).ShouldBe(_model.Leave(process), $"{step}");

    private async Task RescueAsync(RetryStep step) =>
        (await Store.RescueAsync(500, CancellationToken.None)).ShouldBe(_model.Rescue(), $"{step}");

    private async Task AdvanceAsync(TimeSpan by)
    {
        await bench.AdvanceAsync(by);
        _model.Advance(by);
    }

    // Mostly what is allowed, since most items are in a state in which most changes are not.
    private async Task ChangeAsync(
        RetryStep step, Func<RetryStatus, bool> isAllowed, Func<Guid, CancellationToken, ValueTask<RetryChange>> change, Func<Guid, RetryChangeResult> expected)
    {
        var allowed = _model.Items.Where(item => isAllowed(item.Status)).Select(item => item.Id).ToList();
        var id = allowed.Count > 0 && step.B % 5 != 0 ? Pick(allowed, step.A) : Pick(_made, step.A).Id;
        (await change(id, CancellationToken.None)).Result.ShouldBe(expected(id), $"{step}");
    }

    private static void ShouldBeAbout(TimeSpan? seen, TimeSpan? expected, RetryStep step)
    {
        (seen is null).ShouldBe(expected is null, $"{step}");
        (seen - expected ?? TimeSpan.Zero).Duration().ShouldBeLessThan(OffGrid(1), $"{step}");
    }

    /// <summary>Mostly one whose lease runs: the others get nothing.</summary>
    private async Task<Guid> ClaimerAsync(RetryStep step)
    {
        if (!_processes.Exists(_model.IsRunning))
        {
            await RenewAsync(step, NewProcess(), step.B);
        }

        return step.A % 8 == 0 ? Pick(_processes, step.A) : Pick(_processes.FindAll(process => _model.IsRunning(process)), step.A);
    }

    private Guid NewProcess()
    {
        _processes.Add(Guid.NewGuid());
        return _processes[^1];
    }

    private static RetryAck Outcome((Guid Id, long Token, Guid Process) held, int b) => new(
        held.Id, held.Token, (AckKind)(b % 6), b / 6 % 3 == 0 ? TimeSpan.Zero : OffGrid(1 + (b % 5)), b / 18 % 3 == 0 ? null : new RetryFailure("status 503", "f00d"));

    // Each detail from digits of its own: from the same ones, some would only ever come together.
    private static NewRetry Make(int a, int b) =>
        RetryItems.New(a % 5 == 0 ? "sql_operation" : "http_callback", ((a % 3) - 1) * 10, 1 + (b / 8 % 5), a % 4 == 0 ? OffGrid(1 + (a % 6)) : TimeSpan.Zero) with
        {
            CorrelationId = b % 4 == 0 ? $"c{a % 3}" : null,
            GroupKey = b / 4 % 2 == 0 ? $"g{a % 3 / 2}" : null,
        };

    private static TimeSpan OffGrid(int steps) => (Grid * steps) - (Grid / 2);

    private static T Pick<T>(IReadOnlyList<T> all, int which) => all[which % all.Count];

    private string Show(ModelItem item) =>
        $"{item.Id} {item.Status} attempt {item.Attempt} crashes {item.Crashes} version {item.Version} blocked {_model.IsBlocked(item)} {item.Holder}";

    private static string Show(RetryItem item) =>
        $"{item.Id} {item.Status} attempt {item.Attempt} crashes {item.Crashes} version {item.Version} blocked {item.Blocked} "
        + (item.Holder is { } holder ? (holder.Token, holder.Process).ToString() : "");
}
