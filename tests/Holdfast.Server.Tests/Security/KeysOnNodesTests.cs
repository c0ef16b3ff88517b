using System.Diagnostics;
using Holdfast.Access;
using Holdfast.Flags;
using Holdfast.Pipeline;
using Holdfast.Server.Tests.Support;
using Holdfast.Storage.Tests.Support;

namespace Holdfast.Server.Tests.Security;

/// <summary>Two nodes on one PostgreSQL, and one whose database goes away.</summary>
public sealed class KeysOnNodesTests : IAsyncLifetime
{
    private PostgresServer _postgres = null!;

    public async ValueTask InitializeAsync() => _postgres = await PostgresServer.StartAsync("/usr/lib/postgresql/15/bin");

    public async ValueTask DisposeAsync() => await _postgres.DisposeAsync();

    [Fact]
    public async Task A_key_is_made_and_revoked_on_every_node_within_a_second()
    {
        var settings = new Dictionary<string, object> { [FlagNames.Postgres] = _postgres.TcpConnectionString("postgres") };
        await using var first = await TestServer.StartAsync(settings: settings);
        await using var second = await TestServer.StartAsync(settings: settings);
        var desk = first.Node.Parts.Access.Desk;
        var slowest = TimeSpan.Zero;

        for (var round = 0; round < 5; round++)
        {
            var key = await KeyedServer.KeyAsync(first, $"round-{round}", "viewer");
            slowest = Later(slowest, await UntilAsync(second, key, 200));
            await desk.RevokeAsync(key[3..19], new Act("test"), CancellationToken.None);
            slowest = Later(slowest, await UntilAsync(second, key, 401));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"slowest: {slowest.TotalMilliseconds:F0} ms");
        slowest.ShouldBeLessThan(TimeSpan.FromSeconds(5)); // one, on a machine that does nothing else
    }

    [Fact]
    public async Task Keys_stay_good_and_bad_while_the_database_is_away_also_through_a_restart()
    {
        using var data = new DataDirectory();
        string good, bad;
        await using (var before = await TestServer.StartAsync(data, new Dictionary<string, object> { [FlagNames.Postgres] = _postgres.TcpConnectionString("postgres") }))
        {
            (good, bad) = (await KeyedServer.KeyAsync(before, "good", "admin"), await KeyedServer.KeyAsync(before, "bad", "admin"));
            await before.Node.Parts.Access.Desk.RevokeAsync(bad[3..19], new Act("test"), CancellationToken.None);
        }

        // The same node, and nobody where its database was.
        await using var after = await TestServer.StartAsync(data, new Dictionary<string, object> { [FlagNames.Postgres] = "Host=127.0.0.1;Port=1;Username=u;Database=d" });

        (await AskAsync(after, good, "/status")).Status.ShouldBe(200);
        (await AskAsync(after, bad, "/status")).Status.ShouldBe(401);
        (await after.GetAsync("/status")).Status.ShouldBe(401);
        (await AskAsync(after, good, "/api/keys")).ShouldBeProblem(503);
        after.Node.Parts.Access.Ring.Keys.Select(key => AccessRoles.NameOf(key.Role)).ShouldBe(["admin", "admin"]);
    }

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static async Task<TimeSpan> UntilAsync(TestServer server, string key, int status)
    {
        var (began, patience) = (Stopwatch.GetTimestamp(), Deadline.Token());
        while (true)
        {
            if (server.Node.Parts.Access.Ring.Judge(key).Caller is not null == (status == 200))
            {
                (await AskAsync(server, key, "/status")).Status.ShouldBe(status);
                return Stopwatch.GetElapsedTime(began);
            }

            await Task.Delay(1, patience);
        }
    }

    private static Task<Answer> AskAsync(TestServer server, string key, string path) =>
        server.SendAsync(new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "X-API-Key", key } } });
}
