using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Holdfast.Flags;
using Holdfast.Storage.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Tests.Support;

/// <summary>
/// The server as it ships, in this process: its whole composition on a real Kestrel at a free port of the loopback address, over a data
/// directory of its own. Only its log goes to the test, and the built-in sources are off, so that a test sees nothing but its own rows.
/// </summary>
public sealed class TestServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly WebApplication _app;
    private readonly DataDirectory? _ownDirectory;
    private bool _stopped;

    private TestServer(WebApplication app, ErrorLog errors, DataDirectory data, bool ownsDirectory)
    {
        _app = app;
        Errors = errors;
        _ownDirectory = ownsDirectory ? data : null;
        Data = data;
        Address = new Uri(app.Urls.Single());
        Http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };
    }

    public Uri Address { get; }

    public DataDirectory Data { get; }

    public HttpClient Http { get; }

    /// <summary>What went wrong inside; must be empty at the end.</summary>
    public ErrorLog Errors { get; }

    public IServiceProvider Services => _app.Services;

    internal HoldfastNode Node => _app.Services.GetRequiredService<HoldfastNode>();

    internal FlagManager Flags => _app.Services.GetRequiredService<FlagManager>();

    /// <param name="data">A directory that outlives the server. Default: one of its own.</param>
    /// <param name="settings">Settings beside those that make a test quiet.</param>
    /// <param name="services">What a test puts in, such as a shutdown participant.</param>
    internal static async Task<TestServer> StartAsync(
        DataDirectory? data = null, IReadOnlyDictionary<string, object>? settings = null, Action<IServiceCollection>? services = null)
    {
        var directory = data ?? new DataDirectory();
        var said = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            [FlagNames.Data] = directory.Path,
            [FlagNames.Port] = 0,
            [FlagNames.Node] = "test-node",
            [FlagNames.Sources] = "",
            [FlagNames.LogLevel] = "debug",
        };
        foreach (var (name, value) in settings ?? new Dictionary<string, object>(StringComparer.Ordinal))
        {
            said[name] = value;
        }

        // As defaults said in code, so that a test may change them while the server runs.
        var sources = new FlagSources { Variables = new Dictionary<string, string>(StringComparer.Ordinal), CodeDefaults = said };
        var errors = new ErrorLog([.. ServerHost.Schema.GetAll().Where(flag => flag.Secret).Select(flag => said.GetValueOrDefault(flag.Name) as string ?? "").Where(secret => secret.Length > 0)]);
        var app = ServerHost.Build(FlagManager.Load(ServerHost.Schema, sources), all =>
        {
            all.RemoveAll<ILoggerProvider>().AddSingleton<ILoggerProvider>(errors);
            services?.Invoke(all);
        });
        await app.StartAsync(Deadline.Token());
        return new TestServer(app, errors, directory, ownsDirectory: data is null);
    }

    public Uri WebSocketAddress(string path) => new UriBuilder(new Uri(Address, path)) { Scheme = "ws" }.Uri;

    public Task<Answer> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    /// <summary>Posts events; the content type is sent as it is given, right or wrong.</summary>
    public Task<Answer> PostAsync(string body, string? contentType = "application/json") => PostAsync(Encoding.UTF8.GetBytes(body), contentType);

    public Task<Answer> PostAsync(byte[] body, string? contentType = "application/json")
    {
        var content = new ByteArrayContent(body);
        if (contentType is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        return SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/events") { Content = content });
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await Http.SendAsync(request, Deadline.Token());
            return await Answer.ReadAsync(response);
        }
    }

    /// <summary>The stored events that match, the newest first, when there are as many as expected.</summary>
    public async Task<IReadOnlyList<JsonElement>> StoredAsync(string query, int count)
    {
        var answer = await Deadline.EventuallyAsync(
            () => GetAsync($"/api/events?limit=500&{query}"),
            answer => answer.Status == 200 && answer.Json.GetProperty("items").GetArrayLength() >= count);
        return answer.Json.GetProperty("items").EnumerateArray().ToArray();
    }

    /// <summary>The ledger's events, when nothing waits in the spool any more.</summary>
    public async Task<JsonElement> SettledLedgerAsync()
    {
        var answer = await Deadline.EventuallyAsync(
            () => GetAsync("/api/ledger"),
            answer => answer.Json.GetProperty("store_current").GetBoolean() && answer.Json.GetProperty("events").GetProperty("spooled").GetInt64() == 0);
        answer.Json.GetProperty("error").GetInt64().ShouldBe(0);
        return answer.Json.GetProperty("events");
    }

    /// <summary>Stops as SIGTERM would. Before that the ledger must balance, whatever the test was about.</summary>
    public async Task StopAsync()
    {
        if (!_stopped)
        {
            _stopped = true;
            await LedgerPromise.ShouldHoldAsync(Node.Parts.Flusher);
            await _app.StopAsync(Deadline.Token(Patience)).WaitAsync(2 * Patience);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await StopAsync();
        // A test that failed may have left something waiting in there: that is one failure, and must not be the end of all tests.
        await _app.DisposeAsync().AsTask().WaitAsync(Patience);
        _ownDirectory?.Dispose();
        Errors.Take().ShouldBeEmpty();
        Errors.Leaks.ShouldBeEmpty("a secret was logged");
    }
}

/// <summary>An answer, read whole.</summary>
public sealed record Answer(int Status, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders, string Body)
{
    public string? ContentType => ContentHeaders.ContentType?.ToString();

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? Header(string name) => Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    public static async Task<Answer> ReadAsync(HttpResponseMessage response) =>
        new((int)response.StatusCode, response.Headers, response.Content.Headers, await response.Content.ReadAsStringAsync(Deadline.Token()));

    public override string ToString() => $"{Status} {ContentType} {Body}";
}
