using Holdfast.Lifecycle;

namespace Holdfast.Server.Tests.Support;

/// <summary>A shutdown participant that keeps the server in one phase until the test lets it go on.</summary>
internal sealed class HeldShutdown(ShutdownPhase phase) : IShutdownParticipant
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name => "test";

    public ShutdownPhase Phase => phase;

    public TimeSpan Share => TimeSpan.FromSeconds(25);

    public Task Reached => _reached.Task.WaitAsync(Deadline.Token());

    public void Release() => _released.TrySetResult();

    public async ValueTask ShutdownAsync(ShutdownReport report, CancellationToken cancellationToken)
    {
        _reached.TrySetResult();
        await _released.Task.WaitAsync(cancellationToken);
    }
}
