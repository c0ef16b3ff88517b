using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Resilience;
using Holdfast.Testing;
using Polly.CircuitBreaker;

namespace Holdfast.Tests.Resilience;

/// <summary>
/// Random lives of a breaker, beside a model of it. The first test interleaves two callers step by step and compares everything after
/// each step; the second lets two real threads loose and checks what must hold however they meet.
/// </summary>
public class CircuitBreakerModelTests
{
    /// <summary>Steps of a life, as numbers, because those shrink well: a failure shows the shortest life that fails.</summary>
    private static readonly Arbitrary<int[]> Steps =
        Arb.From(Gen.Choose(0, 1_000_000).ArrayOf(), steps => ArbMap.Default.ArbFor<int[]>().Shrinker(steps));

    private static readonly string[] Results = ["success", "failure", "failure", "failure", "cancelled", "ignored"];

    [Fact]
    public void It_does_what_the_model_does_in_any_order_of_calls_time_reloads_and_manual_operations()
    {
        var met = new Dictionary<(CircuitState State, bool Probing, int Kind), int>();

        Prop.ForAll(Steps, steps =>
        {
            var life = new Life();
            foreach (var step in steps)
            {
                var (detail, kind) = Math.DivRem(Math.Abs(step), Life.Kinds);
                CollectionsMarshal.GetValueRefOrAddDefault(met, (life.State, life.Probing, kind), out _)++;
                life.Step(kind, detail);
                life.Compare();
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(4_000).WithStartSize(10).WithEndSize(200));

        met.Count.ShouldBe(5 * Life.Kinds, "four states, half-open with and without a probe on its way");
        met.Values.Min().ShouldBeGreaterThan(50, "what is hardly ever met is not tested");
    }

    [Fact]
    public void Its_invariants_hold_whatever_two_threads_do() =>
        Prop.ForAll(Steps, Steps, (first, second) =>
        {
            var shared = new SharedLife();

            shared.Run(first, second);

            shared.Check();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithStartSize(10).WithEndSize(300));

    private static CircuitBreakerOptions Settings(int detail) => new()
    {
        FailureThreshold = 1 + (detail % 3),
        SuccessThreshold = 1 + (detail / 3 % 3),
        HalfOpenMaxConcurrency = 1 + (detail / 9 % 3),
        Enabled = detail % 7 != 0,
    };

    private static CallVerdict Verdict(string result) => result switch
    {
        "success" => CallVerdict.Success,
        "failure" => CallVerdict.Failure,
        "cancelled" => CallVerdict.Cancelled,
        _ => CallVerdict.Ignored,
    };

    private static CircuitPermit? Enter(CircuitBreakerHandle handle)
    {
        if (handle.TryEnterFreely(out var permit))
        {
            return permit;
        }

        var entry = handle.Enter(default(NoReporter), out var tell);
        Tell(handle, tell);
        return entry.Admitted ? entry.Permit : null;
    }

    private static void Leave(CircuitBreakerHandle handle, CircuitPermit permit, CallVerdict verdict)
    {
        if (!handle.TryLeaveFreely(permit, verdict))
        {
            Tell(handle, handle.Leave(permit, verdict, null, default(NoReporter)));
        }
    }

    // The observers of this test do not wait for anything, so neither does this.
    private static void Tell(CircuitBreakerHandle handle, bool tell)
    {
        if (tell)
        {
            handle.TellAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <summary>A breaker and its model, with calls of two callers that hang until a later step ends them.</summary>
    private sealed class Life
    {
        public const int Kinds = 12;

        private readonly ManualTimeProvider _clock = new();
        private readonly BreakerModel _model = new();
        private readonly CircuitBreakerHandle _handle;
        private readonly Queue<(CircuitPermit Permit, ModelCall Call)>[] _callers = [new(), new()];

        public Life() => _handle = new CircuitBreakerHandle("model", time: _clock);

        public CircuitState State => _model.State;

        public bool Probing => _model.Probes > 0;

        public void Step(int kind, int detail)
        {
            var (caller, result) = (_callers[detail % 2], Results[detail / 2 % Results.Length]);
            switch (kind)
            {
                case < 3:
                    Begin(caller);
                    End(caller, result);
                    break;
                case < 6:
                    Begin(caller);
                    break;
                case < 8:
                    End(caller, result);
                    break;
                case < 10:
                    Advance(detail % 90);
                    break;
                case 10:
                    Reload(Settings(detail));
                    break;
                default:
                    MoveByHand(detail);
                    break;
            }
        }

        public void Compare()
        {
            var now = _handle.Snapshot();
            (now.State, now.Generation, now.ConsecutiveFailures, now.HalfOpenSuccesses, now.Probes)
                .ShouldBe((_model.State, _model.Generation, _model.Failures, _model.Successes, _model.Probes));
            (now.Totals.Succeeded, now.Totals.Failed, now.Totals.Cancelled, now.Totals.Ignored, now.Totals.Rejected, now.Totals.Stale)
                .ShouldBe((
                    _model.Counts["success"], _model.Counts["failure"], _model.Counts["cancelled"], _model.Counts["ignored"],
                    _model.Counts["rejected"], _model.Counts["stale"]));
        }

        private void Begin(Queue<(CircuitPermit Permit, ModelCall Call)> caller)
        {
            var (permit, call) = (Enter(_handle), _model.Begin());
            permit.HasValue.ShouldBe(call is not null);
            if (permit is { } admitted)
            {
                caller.Enqueue((admitted, call!));
            }
        }

        private void End(Queue<(CircuitPermit Permit, ModelCall Call)> caller, string result)
        {
            if (caller.TryDequeue(out var call))
            {
                Leave(_handle, call.Permit, Verdict(result));
                _model.End(call.Call, result);
            }
        }

        private void Advance(int seconds)
        {
            _clock.Advance(TimeSpan.FromSeconds(seconds));
            _model.Advance(seconds);
        }

        private void Reload(CircuitBreakerOptions options)
        {
            _handle.Configure(options);
            _model.Reload(options.FailureThreshold, options.SuccessThreshold, options.HalfOpenMaxConcurrency, options.Enabled);
        }

        private void MoveByHand(int detail)
        {
            switch (detail % 8)
            {
                case < 5:
                    _handle.Reset("test", "test");
                    _model.Move(CircuitState.Closed);
                    break;
                case 5:
                    _handle.Isolate("test", "test");
                    _model.Move(CircuitState.Isolated);
                    break;
                default:
                    _handle.Trip(TimeSpan.FromSeconds(1 + (detail % 90)), "test", "test");
                    _model.Trip(1 + (detail % 90));
                    break;
            }
        }
    }

    /// <summary>A breaker that two threads use at once.</summary>
    private sealed class SharedLife
    {
        /// <summary>No reload allows more probes at once, and none makes a break or a lease longer.</summary>
        private const int ProbesMax = 3;
        private const int TripSecondsMax = 90;

        private readonly ManualTimeProvider _clock = new();
        private readonly CircuitBreakerHandle _handle;
        private readonly List<CircuitTransition> _told = [];
        private int _ended;
        private int _rejected;
        private int _probesAtOnceTooMany;

        public SharedLife()
        {
            _handle = new CircuitBreakerHandle("model", time: _clock);
            _handle.Subscribe(_told.Add);
        }

        public void Run(int[] first, int[] second)
        {
            using var start = new Barrier(2);
            var threads = new[] { first, second }.Select(steps => new Thread(() =>
            {
                var hung = new Queue<CircuitPermit>();
                start.SignalAndWait();
                Array.ForEach(steps, step => Step(Math.Abs(step), hung));
            })).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
        }

        public void Check()
        {
            var now = _handle.Snapshot();
            (now.Totals.Calls, now.Totals.Rejected).ShouldBe((_ended + _rejected, _rejected), "calls that still hang are counted when they end");
            _probesAtOnceTooMany.ShouldBe(0);
            now.ConsecutiveFailures.ShouldBeLessThan(now.Options.FailureThreshold);
            _told.Select(transition => transition.Generation).ShouldBeInOrder();
            foreach (var (before, after) in _told.Zip(_told.Skip(1)))
            {
                after.From.ShouldBe(before.To, "every move is told, in order");
            }

            CheckThatNothingStaysShut(now);
        }

        /// <summary>Whatever hangs: when the longest break and the longest lease are over, a call is let in, unless somebody holds the circuit open.</summary>
        private void CheckThatNothingStaysShut(CircuitBreakerSnapshot now)
        {
            _clock.Advance(TimeSpan.FromSeconds(TripSecondsMax) + now.Options.BreakDuration + now.Options.ProbeLease);
            Enter(_handle).HasValue.ShouldBe(now.State != CircuitState.Isolated || !now.Options.Enabled);
        }

        private void Step(int step, Queue<CircuitPermit> hung)
        {
            var (kind, rest) = (step % 12, step / 12);
            switch (kind)
            {
                case < 5:
                    Begin(hung);
                    End(hung, Results[rest % Results.Length]);
                    break;
                case 5 or 6:
                    Begin(hung);
                    break;
                case 7:
                    End(hung, Results[rest % Results.Length]);
                    break;
                case 8 or 9:
                    _clock.Advance(TimeSpan.FromSeconds(rest % 40));
                    break;
                case 10:
                    _handle.Configure(Settings(rest));
                    break;
                default:
                    MoveByHand(rest);
                    break;
            }
        }

        private void Begin(Queue<CircuitPermit> hung)
        {
            if (Enter(_handle) is not { } permit)
            {
                Interlocked.Increment(ref _rejected);
                return;
            }

            hung.Enqueue(permit);
            if (_handle.Snapshot().Probes > ProbesMax)
            {
                Interlocked.Increment(ref _probesAtOnceTooMany);
            }
        }

        private void End(Queue<CircuitPermit> hung, string result)
        {
            if (hung.TryDequeue(out var permit))
            {
                Interlocked.Increment(ref _ended);
                Leave(_handle, permit, Verdict(result));
            }
        }

        private void MoveByHand(int rest)
        {
            switch (rest % 4)
            {
                case 0 or 1:
                    _handle.Reset("test", "test");
                    break;
                case 2:
                    _handle.Isolate("test", "test");
                    break;
                default:
                    _handle.Trip(TimeSpan.FromSeconds(1 + (rest % TripSecondsMax)), "test", "test");
                    break;
            }
        }
    }
}
