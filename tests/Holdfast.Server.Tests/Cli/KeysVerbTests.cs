using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Cli;

/// <summary><c>holdfast keys</c>, and how the tool shows a key of its own.</summary>
public sealed class KeysVerbTests : IAsyncLifetime
{
    private TestServer? _server;

    private TestServer Server => _server!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    [Fact]
    public async Task A_key_is_made_used_listed_and_revoked()
    {
        var made = await RunAsync(key: null, "keys", "create", "--name", "ana", "--role", "admin");
        made.ExitCode.ShouldBe(0, made.Error);
        var key = made.Output.Trim();
        key.ShouldStartWith("hf_");

        var without = await RunAsync(key: null, "status");
        (without.ExitCode, without.Error.Contains("HOLDFAST_KEY")).ShouldBe((2, true), without.Error);
        (await RunAsync(key, "status")).ExitCode.ShouldBe(0);
        var other = (await RunAsync(key, "keys", "create", "--name", "ci", "--role", "ingest", "--expires-days", "30")).Output.Trim();
        (await RunAsync(key, "keys", "list")).Output.ShouldContain("ci");
        (await RunAsync(key, "keys", "revoke", other[3..19], "--reason", "lost")).Output.ShouldStartWith("ci: revoked at");

        (await RunAsync(other, "keys", "list")).ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task The_key_may_stand_in_a_file()
    {
        var key = await KeyedServer.KeyAsync(Server, "ana", "admin");
        var path = Path.Combine(Server.Data.Path, "my-key");
        await File.WriteAllTextAsync(path, key + "\n", TestContext.Current.CancellationToken);

        (await RunAsync(key: null, "status", "--key-file", path)).ExitCode.ShouldBe(0);
        (await RunAsync(key: null, "status", "--key-file", path + "-that-is-not-there")).ExitCode.ShouldBe(3);
    }

    private Task<CliRun> RunAsync(string? key, params string[] arguments) =>
        CliProcess.RunAsync(Server.Address, input: "", key is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["HOLDFAST_KEY"] = key }, arguments);
}
