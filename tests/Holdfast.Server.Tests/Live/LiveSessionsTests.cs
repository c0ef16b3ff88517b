using Holdfast.Access;
using Holdfast.AspNetCore.Live;
using Holdfast.Lifecycle;

namespace Holdfast.Server.Tests.Live;

public sealed class LiveSessionsTests
{
    [Fact]
    public async Task One_that_ends_in_the_moment_of_its_revocation_keeps_none_of_the_others()
    {
        var good = true;
        var sessions = new LiveSessions(new LifecycleState(), () => 0.5, TimeProvider.System) { IsStillGood = _ => good };
        var aborted = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        var caller = new Caller("ana", AccessRole.Viewer) { KeyId = "k" };
        var first = sessions.HoldAsync(caller, _ => { }, () => throw new ObjectDisposedException("session"), () => ended.Task);
        var second = sessions.HoldAsync(caller, _ => { }, aborted.SetResult, () => aborted.Task);

        good = false;
        sessions.EndRevoked();

        await second;
        ended.SetResult();
        await first;
    }
}
