using System.Net;
using System.Net.Sockets;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Security;

/// <summary>On which addresses the server listens, and what has to be there before.</summary>
public sealed class BindTests
{
    private static readonly Dictionary<string, object> Everywhere = new() { [FlagNames.Bind] = "0.0.0.0" };

    [Fact]
    public async Task Without_a_key_it_does_not_listen_where_others_reach_it_and_says_how_to_make_one()
    {
        using var data = new DataDirectory();

        var refused = await Should.ThrowAsync<ConfigurationException>(() => CheckAsync(data));

        var fault = refused.Faults.ShouldHaveSingleItem();
        fault.Key.ShouldBe(FlagNames.Bind);
        fault.Message.ShouldContain("./run keys create --name <who> --role admin");
        Directory.GetFiles(data.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_key_that_was_made_beside_the_server_lets_it_listen_and_whoever_has_it_in()
    {
        using var data = new DataDirectory();
        var (code, key, _) = await KeysAsync(data, "create", "--name", "ana", "--role", "admin");
        code.ShouldBe(0);
        await CheckAsync(data);

        await using var server = await TestServer.StartAsync(data, Everywhere);

        var here = new Uri($"http://127.0.0.1:{server.Address.Port}/");
        (await AskAsync(here, "status", key: null)).ShouldBe(HttpStatusCode.Unauthorized);
        (await AskAsync(here, "status", key.Trim())).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_key_that_is_revoked_is_no_key_to_ask_for()
    {
        using var data = new DataDirectory();
        var (_, key, _) = await KeysAsync(data, "create", "--name", "ana", "--role", "admin");
        (await KeysAsync(data, "revoke", key[3..19])).Code.ShouldBe(0);

        await Should.ThrowAsync<ConfigurationException>(() => CheckAsync(data));
    }

    [Fact]
    public async Task Also_where_the_check_is_left_out_whoever_is_elsewhere_needs_a_key()
    {
        var elsewhere = (await Dns.GetHostAddressesAsync(Dns.GetHostName(), Deadline.Token())).FirstOrDefault(address => !IPAddress.IsLoopback(address));
        Assert.SkipWhen(elsewhere is null, "This machine has no address but loopback.");
        await using var server = await TestServer.StartAsync(settings: Everywhere);

        (await AskAsync(new Uri($"http://{(elsewhere!.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{elsewhere}]" : elsewhere)}:{server.Address.Port}/"), "status", key: null)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_key_made_beside_a_running_server_is_asked_for_at_once()
    {
        await using var server = await TestServer.StartAsync();
        (await server.GetAsync("/status")).Status.ShouldBe(200);

        var (_, key, _) = await KeysAsync(server.Data, "create", "--name", "ana", "--role", "viewer", "--expires-days", "1.5");

        await Deadline.EventuallyAsync(() => server.GetAsync("/status"), answer => answer.Status == 401);
        (await AskAsync(server.Address, "status", key.Trim())).ShouldBe(HttpStatusCode.OK);
        (await KeysAsync(server.Data, "list")).Output.ShouldContain("viewer    ana  expires");
    }

    [Fact]
    public async Task What_is_done_beside_the_server_is_audited()
    {
        using var data = new DataDirectory();
        var (_, key, _) = await KeysAsync(data, "create", "--name", "ana", "--role", "admin");

        await using var server = await TestServer.StartAsync(data);
        var audit = await server.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/api/audit") { Headers = { { "X-API-Key", key.Trim() } } });

        var entry = audit.Json.GetProperty("items")[0];
        entry.GetProperty("action").GetString().ShouldBe("key.create");
        entry.GetProperty("actor").GetString().ShouldBe($"{Environment.UserName}@{Environment.MachineName}");
    }

    [Theory]
    [InlineData]
    [InlineData("create")]
    [InlineData("create", "--name", "ana")]
    [InlineData("create", "--name", "ana", "--role")]
    [InlineData("create", "--name", "ana", "--role", "god")]
    [InlineData("create", "--name", "a b", "--role", "admin")]
    [InlineData("create", "--name", "local", "--role", "admin")]
    [InlineData("create", "--name", "ana", "--name", "bob", "--role", "admin")]
    [InlineData("create", "--name", "ana", "--role", "admin", "--expires-days", "0")]
    [InlineData("revoke")]
    [InlineData("destroy")]
    public async Task Wrong_words_change_nothing(params string[] words)
    {
        using var data = new DataDirectory();

        var (code, output, errors) = await KeysAsync(data, words);

        code.ShouldBe(78);
        output.ShouldBeEmpty();
        errors.ShouldContain("keys create");
        Directory.GetFiles(data.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_key_that_is_not_there_cannot_be_revoked()
    {
        using var data = new DataDirectory();

        (await KeysAsync(data, "revoke", "nonsense")).Code.ShouldBe(1);
    }

    private static Task CheckAsync(DataDirectory data) => BindGuard.CheckAsync(FlagsOf(data, Everywhere), TimeProvider.System, Deadline.Token());

    private static FlagManager FlagsOf(DataDirectory data, IReadOnlyDictionary<string, object> more) => FlagManager.Load(ServerHost.Schema, new FlagSources
    {
        Variables = new Dictionary<string, string>(StringComparer.Ordinal),
        CodeDefaults = new Dictionary<string, object>(more, StringComparer.Ordinal) { [FlagNames.Data] = data.Path },
    });

    private static async Task<(int Code, string Output, string Errors)> KeysAsync(DataDirectory data, params string[] words)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = await KeysCommand.RunAsync(words, FlagsOf(data, new Dictionary<string, object>(StringComparer.Ordinal)), output, errors);
        return (code, output.ToString(), errors.ToString());
    }

    private static async Task<HttpStatusCode> AskAsync(Uri address, string path, string? key)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, path));
        if (key is not null)
        {
            request.Headers.Add("X-API-Key", key);
        }

        using var answer = await client.SendAsync(request, Deadline.Token());
        return answer.StatusCode;
    }
}
