using System.Diagnostics.Metrics;

namespace Holdfast.Health;

/// <summary>How the server does, as metrics.</summary>
internal sealed class HealthMetrics : IDisposable
{
    public const string MeterName = "Holdfast.Health";

    private readonly Meter _meter;
    private readonly Counter<long> _runs;
    private readonly Counter<long> _recoveries;

    /// <param name="scope">Whose metrics they are, where there are several nodes in one process.</param>
    public HealthMetrics(object scope, HealthBoard board, Func<IReadOnlyList<ServiceLevel>> levels)
    {
        _meter = new Meter(new MeterOptions(MeterName) { Scope = scope });
        _runs = _meter.CreateCounter<long>("holdfast.health.check.runs", "{run}", "Runs of checks, by check and result.");
        _recoveries = _meter.CreateCounter<long>("holdfast.health.recoveries", "{run}", "How often recovery rules acted, by rule and outcome.");
        _meter.CreateObservableGauge("holdfast.health.state", () => (int)board.Snapshot().State, null, "The worst of the checks: 0 unknown, 1 pass, 2 warn, 3 fail.");
        _meter.CreateObservableGauge("holdfast.health.score", () => board.Snapshot().Score, null, "100 when all is well, less 40 for each check that fails and 20 for each that warns.");
        _meter.CreateObservableGauge("holdfast.health.incident", () => board.Snapshot().Incident is null ? 0 : 1, null, "1 while an incident is open, else 0.");
        _meter.CreateObservableGauge("holdfast.health.check.state", () => EachCheck(check => (int)check.State), null, "The state of a check: 0 unknown, 1 pass, 2 warn, 3 fail.");
        _meter.CreateObservableGauge("holdfast.health.check.duration", () => EachCheck(check => check.Last?.Took.TotalSeconds ?? 0), "s", "How long the last run of a check took.");
        _meter.CreateObservableGauge("holdfast.health.check.flaps", () => EachCheck(check => check.Flaps / 100), "1", "Weighted share of changes among the last 21 results of a check.");
        _meter.CreateObservableGauge("holdfast.health.uptime", () => EachWindow(level => level.Uptime), "1", "Share of the time in which data was accepted, by window. Absent where nothing was measured.");
        _meter.CreateObservableGauge("holdfast.health.errors", () => EachWindow(level => level.Errors), "1", "Share of answers that failed, by window. Absent where nothing was asked for.");

        IEnumerable<Measurement<double>> EachCheck(Func<CheckStatus, double> value) =>
            board.Snapshot().Checks.Select(check => new Measurement<double>(value(check), new KeyValuePair<string, object?>("check", check.Plan.Name)));

        IEnumerable<Measurement<double>> EachWindow(Func<ServiceLevel, double?> value) =>
            from level in levels()
            where value(level) is not null
            select new Measurement<double>(value(level)!.Value, new KeyValuePair<string, object?>("window", level.Window.Name));
    }

    public void Ran(CheckPlan plan, CheckObservation found) =>
        _runs.Add(1, new("check", plan.Name), new("result", found.Hung ? "hung" : HealthStates.NameOf(found.State)));

    public void Recovered(RecoveryReport report) => _recoveries.Add(1, new("rule", report.Rule.Name), new("outcome", report.Outcome));

    public void Dispose() => _meter.Dispose();
}
