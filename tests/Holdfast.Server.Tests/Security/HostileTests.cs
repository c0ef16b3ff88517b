using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Holdfast.Faults.Support;
using Holdfast.Flags;
using Holdfast.Retries;
using Holdfast.Server.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Holdfast.Server.Tests.Security;

/// <summary>What somebody would try who wants to read, to write or to stop the server.</summary>
public sealed class HostileTests
{
    private const string Injection = "'); DROP TABLE monitoring_events; DELETE FROM audit; --";

    /// <summary>In a process of its own: each side of ten thousand connections is a file of its process.</summary>
    [Fact]
    public async Task Slow_connections_take_no_place_from_others_and_are_ended()
    {
        using var data = new DataDirectory();
        await using var server = await ServerProcess.StartAsync(data.Path, cancellationToken: Deadline.Token());
        using var http = new HttpClient { BaseAddress = server.Address };
        var slow = new List<Task>();
        var memory = server.ResidentBytes.Now;
        for (var connections = 0; connections < Scale.Of(400, 10_000); connections++)
        {
            slow.Add(EndedAsync(await BeginAsync(server.Address, connections)));
        }

        var began = Stopwatch.GetTimestamp();
        (await http.GetAsync("status", Deadline.Token())).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await http.PostAsync("api/events", JsonContent.Create(new { event_type = "slow.tried", data = new { } }), Deadline.Token())).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        (server.ResidentBytes.Now - memory).ShouldBeLessThan((64L << 20) + (slow.Count * 40L << 10));

        // Each of them is ended by the server: half of a head, and a body that does not come.
        await Task.WhenAll(slow).WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task SQL_in_an_envelope_is_text()
    {
        await using var server = await TestServer.StartAsync();
        var answer = await server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/events")
        {
            Content = JsonContent.Create(new { event_type = "sql'); DROP TABLE x; --", source = Injection, data = new { text = Injection }, metadata = new { correlation_id = Injection } }),
        });
        answer.Status.ShouldBe(202, answer.Body);

        var stored = (await server.StoredAsync($"source={Uri.EscapeDataString(Injection)}", 1)).ShouldHaveSingleItem();
        stored.GetProperty("data").GetProperty("text").GetString().ShouldBe(Injection);
        foreach (var path in new[] { "/api/events?event_type=", "/api/events?correlation_id=", "/api/events?category=", "/api/events?cursor=", "/api/series?name=", "/api/series?name=a&label=", "/api/retries?operation_type=", "/api/retries?q=", "/api/dead-letters?q=", "/api/dead-letters?status=", "/api/audit?limit=" })
        {
            (await server.GetAsync(path + Uri.EscapeDataString(Injection))).Status.ShouldBeOneOf(200, 400);
        }

        (await server.StoredAsync("", 1)).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("ingest", "not_executable")]
    [InlineData("operator", "http_callback")]
    public async Task Whoever_may_send_events_alone_cannot_have_the_server_call_anything(string role, string type)
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.RetryEnabled] = false });
        var (admin, sender) = (await KeyedServer.KeyAsync(server, "ana", "admin"), await KeyedServer.KeyAsync(server, "shop", role));

        (await SendAsync(server, HttpMethod.Post, "/api/events", sender, new
        {
            event_type = "payment.failed",
            data = new { error = "away", operation = new { operation_type = "http_callback", target = "https://shop.example/refund", payload = new { body = "1000" } } },
        })).Status.ShouldBe(202);

        var item = await Deadline.EventuallyAsync(
            async () => (await SendAsync(server, HttpMethod.Get, "/api/retries", admin)).Json.GetProperty("items").EnumerateArray().ToList(), items => items.Count == 1);
        item[0].GetProperty("operation_type").GetString().ShouldBe(type);
    }

    [Fact]
    public async Task An_operator_cannot_write_SQL_into_an_operation_of_the_application()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.RetryEnabled] = false });
        var (admin, helper) = (await KeyedServer.KeyAsync(server, "ana", "admin"), await KeyedServer.KeyAsync(server, "bob", "operator"));
        var items = await server.Node.Parts.Retries.Engine.Queue.EnqueueAsync(
            [new RetryDraft { OperationType = "sql_operation", Payload = JsonElement.Parse("""{"sql": "UPDATE orders SET paid = 1"}""") }, new RetryDraft { OperationType = "http_callback", Target = "https://shop.example/", Payload = JsonElement.Parse("{}") }],
            Deadline.Token());

        (await EditAsync(helper, items[0].Id)).ShouldBeProblem(403).GetProperty("detail").GetString()!.ShouldContain("sql_operation");
        (await EditAsync(helper, items[1].Id)).Status.ShouldBe(200);
        (await EditAsync(admin, items[0].Id)).Status.ShouldBe(200);

        Task<Answer> EditAsync(string key, Guid id) => SendAsync(server, HttpMethod.Patch, $"/api/retries/{id}", key, new { payload = new { sql = "DROP TABLE orders" } });
    }

    [Fact]
    public async Task Whoever_hands_in_is_written_down()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.RetryEnabled] = false });
        var (admin, shop) = (await KeyedServer.KeyAsync(server, "ana", "admin"), await KeyedServer.KeyAsync(server, "shop", "operator"));

        (await SendAsync(server, HttpMethod.Post, "/api/retries", shop, new { operation_type = "http_callback", target = "https://shop.example/refund" })).Status.ShouldBe(202);
        await SendAsync(server, HttpMethod.Post, "/api/events", shop, new { event_type = "payment.failed", data = new { operation = new { operation_type = "http_callback", target = "https://shop.example/paid" } } });

        var entry = await Deadline.EventuallyAsync(
            async () => (await SendAsync(server, HttpMethod.Get, "/api/audit?action=retry.enqueue", admin)).Json.GetProperty("items").EnumerateArray().ToList(), items => items.Count == 1);
        entry[0].GetProperty("actor").GetString().ShouldBe("shop");
        entry[0].GetProperty("details").GetProperty("first")[0].GetProperty("target").GetString().ShouldBe("https://shop.example/refund");
        var told = await Deadline.EventuallyAsync(
            async () => (await SendAsync(server, HttpMethod.Get, "/api/retries?target=https://shop.example/paid", admin)).Json.GetProperty("items").EnumerateArray().ToList(), items => items.Count == 1);
        told[0].GetProperty("original_event").GetProperty("sent_by").GetString().ShouldBe("shop");
    }

    [Fact]
    public async Task What_guards_the_server_only_administrators_change()
    {
        await using var server = await TestServer.StartAsync();
        var (admin, helper) = (await KeyedServer.KeyAsync(server, "ana", "admin"), await KeyedServer.KeyAsync(server, "bob", "operator"));

        foreach (var (flag, value) in new (string, object)[] { (FlagNames.RetentionAuditDays, 1), (FlagNames.Redact, ""), (FlagNames.LimitFailures, 0), (FlagNames.LimitReads, 1_000_000) })
        {
            (await SendAsync(server, HttpMethod.Put, $"/api/flags/{flag}", helper, new { value })).ShouldBeProblem(403).GetProperty("detail").GetString()!.ShouldContain("admin");
            (await SendAsync(server, HttpMethod.Put, $"/api/flags/{flag}", admin, new { value })).Status.ShouldBe(200);
        }

        (await SendAsync(server, HttpMethod.Delete, $"/api/flags/{FlagNames.Redact}", helper)).ShouldBeProblem(403);
    }

    [Fact]
    public async Task Nobody_sends_what_looks_like_the_server_s_own()
    {
        await using var server = await TestServer.StartAsync();

        (await server.PostAsync("""[{"event_type":"operator_action","data":{}},{"event_type":"circuit_breaker.opened","source":"holdfast","data":{}}]""")).Json
            .GetProperty("rejected").EnumerateArray().Select(item => item.GetProperty("errors")[0].GetProperty("rule").GetString()).ShouldBe(["reserved", "reserved"]);
        await using var socket = await SocketClient.ConnectAsync(server.WebSocketAddress("/events"));
        await socket.SendAsync("""{"event_type":"operator_action","data":{}}""");
        (await socket.ReceiveAsync()).ToString()!.ShouldContain("reserved");
    }

    [Theory]
    [InlineData("""{"a": "x\u0000y"}""")]
    [InlineData("1e200000")]
    public async Task A_flag_s_value_that_the_audit_could_not_hold_is_refused(string value)
    {
        await using var server = await TestServer.StartAsync();

        var answer = await server.SendAsync(new HttpRequestMessage(HttpMethod.Put, "/api/flags/f.odd") { Content = new StringContent($"{{\"value\": {value}}}", Encoding.UTF8, "application/json") });

        answer.ShouldBeProblem(400);
    }

    [Fact]
    public async Task A_body_full_of_faults_gets_no_longer_an_answer_than_it_helps()
    {
        await using var server = await TestServer.StartAsync();
        var item = "{" + string.Join(',', Enumerable.Range(0, 200).Select(field => $"\"field-{field}\":0")) + "}";

        var retries = await server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/retries") { Content = new StringContent($"[{string.Join(',', Enumerable.Repeat(item, 2_000))}]", Encoding.UTF8, "application/json") });
        var edit = await server.SendAsync(new HttpRequestMessage(HttpMethod.Patch, $"/api/retries/{Guid.Empty}") { Content = new StringContent(item, Encoding.UTF8, "application/json") });

        retries.ShouldBeProblem(400).GetProperty("errors_more").GetInt32().ShouldBeGreaterThan(0);
        retries.Body.Length.ShouldBeLessThan(200_000);
        edit.ShouldBeProblem(400);
        edit.Body.Length.ShouldBeLessThan(100_000);
    }

    [Fact]
    public async Task A_download_ends_with_the_key_it_was_begun_with()
    {
        await using var server = await TestServer.StartAsync();
        var (admin, viewer) = (await KeyedServer.KeyAsync(server, "ana", "admin"), await KeyedServer.KeyAsync(server, "vic", "viewer"));
        var page = $"[{string.Join(',', Enumerable.Repeat($$"""{"event_type":"bulk","data":{"text":"{{new string('x', 4_000)}}"} }""", 500))}]";
        for (var pages = 0; pages < 20; pages++)
        {
            (await server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/events") { Content = new StringContent(page, Encoding.UTF8, "application/json"), Headers = { { "X-API-Key", admin } } })).Status.ShouldBe(202);
        }

        await Deadline.EventuallyAsync(
            async () => (await SendAsync(server, HttpMethod.Get, "/api/ledger", admin)).Json.GetProperty("events").GetProperty("stored").GetInt64(), stored => stored >= 10_000);
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/export") { Headers = { { "X-API-Key", viewer } } };
        using var download = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Deadline.Token());
        await (await download.Content.ReadAsStreamAsync(Deadline.Token())).ReadExactlyAsync(new byte[1_000], Deadline.Token());

        (await SendAsync(server, HttpMethod.Post, $"/api/keys/{viewer[3..19]}/revoke", admin)).Status.ShouldBe(200);

        await Should.ThrowAsync<Exception>(download.Content.CopyToAsync(Stream.Null, Deadline.Token()));
    }

    [Fact]
    public async Task No_type_is_made_from_what_is_sent()
    {
        await using var server = await TestServer.StartAsync();
        const string Typed = """{"event_type":"typed","data":{"$type":"System.Diagnostics.Process, System","StartInfo":{"FileName":"/bin/touch"}}}""";

        (await server.PostAsync(Typed)).Status.ShouldBe(202);

        (await server.StoredAsync("event_type=typed", 1))[0].GetProperty("data").GetProperty("$type").GetString().ShouldBe("System.Diagnostics.Process, System");
    }

    [Fact]
    public async Task What_is_to_be_masked_reaches_no_disk_and_no_watcher()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.Redact] = "password, card.number" });
        await using var live = await SocketClient.ConnectAsync(server.WebSocketAddress("/live"));
        await live.SendAsync("""["sub","events"]""");

        await server.PostAsync("""{"event_type":"masked","data":{"password":"hunter2-in-data","card":{"number":"4111-1111"},"kept":"kept-value"},"metadata":{"Password":"hunter2-in-metadata"}}""");
        await server.StoredAsync("event_type=masked", 1);
        var (seen, patience) = ("", Deadline.Token());
        while (!seen.Contains("kept-value"))
        {
            seen += await live.ReceiveAsync(patience);
        }

        var everything = string.Concat(FilesOf(server)) + seen;
        everything.ShouldContain("kept-value");
        everything.ShouldNotContain("hunter2");
        everything.ShouldNotContain("4111-1111");
    }

    [Fact]
    public async Task No_secret_is_in_the_log_or_in_a_file_whatever_is_done_with_it()
    {
        var log = new WholeLog();
        const string JwtSecret = "the-secret-of-the-issuer-of-32-bytes";
        const string ChecksumSecret = "the-secret-of-checksums";
        await using var server = await TestServer.StartAsync(
            settings: new Dictionary<string, object> { [FlagNames.LogLevel] = "trace", [FlagNames.JwtSecret] = JwtSecret, [FlagNames.ChecksumSecret] = ChecksumSecret },
            services: all => all.AddSingleton<ILoggerProvider>(log));
        var key = await KeyedServer.KeyAsync(server, "ana", "admin");
        var made = (await SendAsync(server, HttpMethod.Post, "/api/keys", key, new { name = "made", role = "admin" })).Json.GetProperty("key").GetString()!;
        var ticket = (await SendAsync(server, HttpMethod.Post, "/api/access/ticket", key)).Json.GetProperty("ticket").GetString()!;
        const string Token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2VjcmV0LXNpZ25hdHVyZQ";

        foreach (var shown in new[] { key, made, ticket, Token, key[..^1], "Basic " + key })
        {
            await SendAsync(server, HttpMethod.Get, "/status", shown);
            await SendAsync(server, HttpMethod.Get, $"/status?apikey={shown}&ticket={shown}", credential: null);
            await SendAsync(server, HttpMethod.Get, $"/api/events?{shown}=1&limit={shown}", key);
            await SendAsync(server, HttpMethod.Get, $"/no/such/route?apikey={shown}", key);
            await SendAsync(server, HttpMethod.Post, "/api/events", shown, new { event_type = 5 });
            await SocketClient.RefusedAsync(server.WebSocketAddress($"/no/such/socket?apikey={shown}"));
            await using var raw = await RawConnection.OpenAsync(server.Address);
            await raw.SendAsync($"GET /status?apikey={shown} HTTP/1.1\r\nHost: localhost\r\nBroken header\r\n\r\n");
        }

        await using (var socket = await SocketClient.ConnectAsync(server.WebSocketAddress($"/live?apikey={key}")))
        {
            await socket.SendAsync("nonsense");
            await socket.ReceiveAsync();
        }

        await SendAsync(server, HttpMethod.Post, $"/api/keys/{made[3..19]}/revoke", key);

        var everything = log.Text + string.Concat(FilesOf(server));
        log.Text.ShouldContain("ana");
        foreach (var secret in new[] { key[^64..], made[^64..], ticket[10..], "c2VjcmV0LXNpZ25hdHVyZQ", JwtSecret, ChecksumSecret, "apikey=" })
        {
            everything.ShouldNotContain(secret, customMessage: $"'{secret}' was written down");
        }
    }

    // In turn: half of a head, a body that does not come, and a header that is never finished. From three addresses.
    private static async Task<TcpClient> BeginAsync(Uri server, int number)
    {
        var client = new TcpClient(new IPEndPoint(IPAddress.Parse($"127.0.1.{1 + (number / 3 % 3)}"), 0));
        await client.ConnectAsync(IPAddress.Loopback, server.Port, Deadline.Token());
        var said = (number % 3) switch
        {
            0 => "GET /status HTTP/1.1\r\nHost: local",
            1 => "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{",
            _ => "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: ",
        };
        try
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(said), Deadline.Token());
        }
        catch (IOException)
        {
            // Closed before: all places are taken.
        }

        return client;
    }

    private static async Task EndedAsync(TcpClient client)
    {
        using (client)
        {
            var (buffer, deadline) = (new byte[1_024], Deadline.Token(TimeSpan.FromMinutes(2)));
            try
            {
                while (await client.GetStream().ReadAsync(buffer, deadline) > 0)
                {
                }
            }
            catch (IOException)
            {
                // Broken off.
            }
        }
    }

    private static Task<Answer> SendAsync(TestServer server, HttpMethod method, string path, string? credential, object? body = null)
    {
        var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation("Authorization", credential is null ? null : $"Bearer {credential}");
        return server.SendAsync(request);
    }

    private static IEnumerable<string> FilesOf(TestServer server) =>
        Directory.GetFiles(server.Data.Path, "*", SearchOption.AllDirectories).Where(path => Path.GetExtension(path) != ".lock").Select(ReadShared);

    private static string ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file, Encoding.Latin1);
        return reader.ReadToEnd();
    }

    /// <summary>Everything that is logged, of every category and level that the settings let through.</summary>
    private sealed class WholeLog : ILoggerProvider, ILogger
    {
        private readonly StringBuilder _text = new();

        public string Text
        {
            get
            {
                lock (_text)
                {
                    return _text.ToString();
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_text)
            {
                _text.AppendLine($"{formatter(state, exception)} {exception}");
            }
        }
    }
}
