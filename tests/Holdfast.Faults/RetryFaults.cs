using Holdfast.Faults.Support;

namespace Holdfast.Faults;

/// <summary>
/// What the tests of the queue have in common: whatever happens, each committed item ends once, under the highest token that it ever had; a
/// call may be made again, which is what a token is for.
/// </summary>
public abstract class RetryFaults(FaultPostgres postgres, FaultReport report)
{
    protected const int TimeoutMs = 10 * 60_000;

    private protected FaultReport Report => report;

    /// <summary>Servers over a database of their own; none is started.</summary>
    private protected async Task<RetryScene> SceneAsync(params string[] nodes) =>
        await RetryScene.MakeAsync(await postgres.DatabaseAsync(), nodes, TestContext.Current.CancellationToken);

    private protected static DateTimeOffset Now => TimeProvider.System.GetUtcNow();
}
