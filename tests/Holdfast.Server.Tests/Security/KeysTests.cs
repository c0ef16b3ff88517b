using System.Net.Http.Json;
using System.Text.Json;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Security;

/// <summary>Keys: made, used, revoked, and what becomes of a server that has some.</summary>
public sealed class KeysTests : IAsyncLifetime
{
    private TestServer? _server;

    private TestServer Server => _server!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    [Fact]
    public async Task Without_any_key_everything_is_allowed_here_as_before()
    {
        var access = (await Server.GetAsync("/api/access")).Json;

        access.GetProperty("name").GetString().ShouldBe("local");
        access.GetProperty("role").GetString().ShouldBe("admin");
        access.GetProperty("keys_needed").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task The_first_key_is_an_administrators_and_closes_the_door()
    {
        (await CreateAsync("looks", "viewer")).ShouldBeProblem(409);

        var made = (await CreateAsync("ana", "admin")).Json;

        (await Server.GetAsync("/status")).ShouldBeProblem(401).GetProperty("detail").GetString()!.ShouldContain("Send a key");
        var key = made.GetProperty("key").GetString()!;
        (await GetAsync("/status", key)).Status.ShouldBe(200);
        (await GetAsync("/api/access", key)).Json.GetProperty("name").GetString().ShouldBe("ana");
    }

    [Fact]
    public async Task A_refusal_says_how_and_tells_nothing_else()
    {
        await CreateAsync("ana", "admin");

        var answer = await Server.GetAsync("/api/events");

        answer.Status.ShouldBe(401);
        answer.Header("WWW-Authenticate").ShouldBe("Bearer realm=\"holdfast\"");
        answer.Body.ShouldNotContain("ana");
    }

    [Fact]
    public async Task A_key_may_come_in_either_header()
    {
        var key = await AdminAsync();

        (await SendAsync("/status", request => request.Headers.Add("X-API-Key", key))).Status.ShouldBe(200);
        (await SendAsync("/status", request => request.Headers.Add("Authorization", $"bearer {key}"))).Status.ShouldBe(200);
        (await SendAsync("/status", request => request.Headers.Add("Authorization", $"Basic {key}"))).ShouldBeProblem(401);
        (await SendAsync($"/status?apikey={key}", _ => { })).ShouldBeProblem(401);
        (await SendAsync($"/status?ticket={key}", _ => { })).ShouldBeProblem(401);
    }

    [Fact]
    public async Task One_good_credential_behind_a_bad_one_lets_nobody_in()
    {
        var key = await AdminAsync();

        var answer = await SendAsync("/status", request =>
        {
            request.Headers.Add("Authorization", "Bearer hf_nonsense");
            request.Headers.Add("X-API-Key", key);
        });

        answer.ShouldBeProblem(401);
    }

    [Fact]
    public async Task The_list_shows_everything_but_the_secret()
    {
        var key = await AdminAsync();
        var made = (await CreateAsync("ci", "ingest", key, days: 30)).Json;

        var answer = await GetAsync("/api/keys", key);

        var item = answer.Json.GetProperty("items")[0];
        item.GetProperty("name").GetString().ShouldBe("ci");
        item.GetProperty("role").GetString().ShouldBe("ingest");
        item.GetProperty("created_by").GetString().ShouldBe("ana");
        item.GetProperty("expires_at").GetDateTimeOffset().ShouldBe(item.GetProperty("created_at").GetDateTimeOffset().AddDays(30));
        item.GetProperty("revoked_at").ValueKind.ShouldBe(JsonValueKind.Null);
        answer.Body.ShouldNotContain(made.GetProperty("key").GetString()![^64..]);
    }

    [Fact]
    public async Task What_is_wrong_with_a_new_key_is_told_all_at_once()
    {
        var answer = await CreateAsync("no spaces", "god", days: -1);

        var fields = answer.ShouldBeProblem(400).GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString());
        fields.ShouldBe(["name", "role", "expires_in_days"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_name_is_given_once()
    {
        var key = await AdminAsync();
        var first = (await CreateAsync("ci", "ingest", key)).Json;

        (await CreateAsync("ci", "viewer", key)).ShouldBeProblem(409);
        await RevokeAsync(first, key);

        (await CreateAsync("ci", "viewer", key)).Status.ShouldBe(201);
    }

    [Fact]
    public async Task A_revoked_key_is_refused_at_once_and_its_sockets_end()
    {
        var key = await AdminAsync();
        var made = (await CreateAsync("watcher", "operator", key)).Json;
        var other = made.GetProperty("key").GetString()!;
        await using var live = await SocketClient.ConnectAsync(Server.WebSocketAddress("/live"), options => options.SetRequestHeader("X-API-Key", other));
        await using var events = await SocketClient.ConnectAsync(Server.WebSocketAddress("/events"), options => options.SetRequestHeader("X-API-Key", other));
        (await live.ReceiveAsync()).ShouldNotBeNull();

        (await RevokeAsync(made, key)).Json.GetProperty("revoked_at").ValueKind.ShouldBe(JsonValueKind.String);

        (await GetAsync("/status", other)).ShouldBeProblem(401).GetProperty("detail").GetString().ShouldBe("The key has been revoked.");
        await live.EndedAsync();
        await events.EndedAsync();
    }

    [Fact]
    public async Task To_revoke_the_last_key_opens_no_door()
    {
        var key = await AdminAsync();
        var id = (await GetAsync("/api/keys", key)).Json.GetProperty("items")[0].GetProperty("id").GetString();

        (await SendAsync($"/api/keys/{id}/revoke", request => Post(request, key, null))).Status.ShouldBe(200);

        (await GetAsync("/status", key)).ShouldBeProblem(401);
        (await Server.GetAsync("/status")).ShouldBeProblem(401);
    }

    [Fact]
    public async Task Every_change_is_audited_with_who_did_it()
    {
        var key = await AdminAsync();
        var made = (await CreateAsync("ci", "ingest", key)).Json;
        await RevokeAsync(made, key);
        await SendAsync("/api/breakers/database/trip", request => Post(request, key, new { duration_seconds = 0.001 }));

        var audit = await Deadline.EventuallyAsync(() => GetAsync("/api/audit", key), answer => answer.Status == 200 && answer.Json.GetProperty("items").GetArrayLength() == 4);

        audit.Json.GetProperty("items").EnumerateArray()
            .Select(entry => $"{entry.GetProperty("actor")} {entry.GetProperty("action")} {entry.GetProperty("target")}")
            .ShouldBe(["ana breaker.trip database", "ana key.revoke ci", "ana key.create ci", "local key.create ana"]);
        audit.Body.ShouldNotContain(made.GetProperty("key").GetString()![^64..]);
    }

    [Fact]
    public async Task A_command_is_judged_by_the_role_of_the_key()
    {
        var key = await AdminAsync();
        var viewer = (await CreateAsync("looks", "viewer", key)).Json.GetProperty("key").GetString()!;

        (await SendAsync("/api/commands", request => Post(request, viewer, new { command = "uptime" }))).Status.ShouldBe(200);
        (await SendAsync("/api/commands", request => Post(request, viewer, new { command = "debug" }))).ShouldBeProblem(403).GetProperty("code").GetString().ShouldBe("admin_only");
        (await SendAsync("/api/commands", request => Post(request, key, new { command = "debug" }))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_ticket_opens_a_socket_in_the_place_of_the_key()
    {
        var key = await AdminAsync();
        var ticket = (await SendAsync("/api/access/ticket", request => Post(request, key, null))).Json.GetProperty("ticket").GetString()!;

        await using var socket = await SocketClient.ConnectAsync(Server.WebSocketAddress("/live?ticket=" + ticket));
        (await socket.ReceiveAsync()).ShouldNotBeNull()[0].GetString().ShouldBe("h");

        (await Server.GetAsync("/status?ticket=" + ticket)).Status.ShouldBe(200);
        (await SendAsync("/metrics/flush?ticket=" + ticket, request => request.Method = HttpMethod.Post)).ShouldBeProblem(401);
        (await SocketClient.RefusedAsync(Server.WebSocketAddress("/live"), _ => { })).ShouldBe(401);
        (await SocketClient.RefusedAsync(Server.WebSocketAddress("/live?ticket=" + ticket[..^2] + "AA"), _ => { })).ShouldBe(401);
    }

    [Fact]
    public async Task A_socket_may_have_its_key_in_the_address()
    {
        var key = await AdminAsync();

        await using var socket = await SocketClient.ConnectAsync(Server.WebSocketAddress("/live?apikey=" + key));

        (await socket.ReceiveAsync()).ShouldNotBeNull()[0].GetString().ShouldBe("h");
    }

    [Fact]
    public async Task A_ticket_opens_no_socket_that_events_are_sent_through()
    {
        var key = await AdminAsync();
        var ticket = (await SendAsync("/api/access/ticket", request => Post(request, key, null))).Json.GetProperty("ticket").GetString()!;

        (await SocketClient.RefusedAsync(Server.WebSocketAddress("/events?ticket=" + ticket))).ShouldBe(403);
    }

    [Fact]
    public async Task A_ticket_ends_with_its_key()
    {
        var key = await AdminAsync();
        var made = (await CreateAsync("watcher", "viewer", key)).Json;
        var ticket = (await SendAsync("/api/access/ticket", request => Post(request, made.GetProperty("key").GetString()!, null))).Json.GetProperty("ticket").GetString()!;

        await RevokeAsync(made, key);

        (await Server.GetAsync("/status?ticket=" + ticket)).ShouldBeProblem(401);
    }

    [Theory]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("X-API-Key", "")]
    public async Task A_ticket_is_no_key_and_makes_no_other_ticket(string header, string before)
    {
        var key = await AdminAsync();
        var ticket = (await SendAsync("/api/access/ticket", request => Post(request, key, null))).Json.GetProperty("ticket").GetString()!;

        var answers = new[] { (HttpMethod.Post, "/api/access/ticket"), (HttpMethod.Post, "/api/keys"), (HttpMethod.Get, "/status") }.Select(asked => SendAsync(
            asked.Item2,
            request =>
            {
                request.Method = asked.Item1;
                request.Headers.TryAddWithoutValidation(header, before + ticket);
            }));

        foreach (var answer in await Task.WhenAll(answers))
        {
            answer.ShouldBeProblem(401);
        }
    }

    [Fact]
    public async Task What_was_opened_by_somebody_local_ends_with_the_first_key()
    {
        var ticket = (await SendAsync("/api/access/ticket", request => request.Method = HttpMethod.Post)).Json.GetProperty("ticket").GetString()!;
        await using var socket = await SocketClient.ConnectAsync(Server.WebSocketAddress("/live"));
        (await socket.ReceiveAsync()).ShouldNotBeNull();

        await AdminAsync();

        await socket.EndedAsync();
        (await Server.GetAsync("/status?ticket=" + ticket)).ShouldBeProblem(401);
    }

    [Fact]
    public async Task A_probe_without_a_key_learns_whether_and_not_why()
    {
        var key = await AdminAsync();
        await SendAsync("/api/breakers/database/isolate", request => Post(request, key, null));

        var probe = (await Server.GetAsync("/health/ready")).Json;

        probe.GetProperty("status").GetString().ShouldBe("warn");
        probe.GetProperty("problems").GetArrayLength().ShouldBe(0);
        (await GetAsync("/health/ready", key)).Json.GetProperty("problems").GetArrayLength().ShouldBeGreaterThan(0);
        await SendAsync("/api/breakers/database/reset", request => Post(request, key, null));
    }

    [Fact]
    public async Task The_page_is_public_and_empty()
    {
        await AdminAsync();

        var page = await Server.GetAsync("/");

        page.Status.ShouldBe(200);
        page.Body.ShouldContain("id=\"holdfast-snapshot\">null<");
    }

    [Fact]
    public async Task Keys_of_one_process_are_those_of_the_next()
    {
        using var data = new DataDirectory();
        string key;
        await using (var first = await TestServer.StartAsync(data))
        {
            key = await KeyedServer.KeyAsync(first, "ana", "admin");
        }

        await using var second = await TestServer.StartAsync(data);

        (await second.GetAsync("/status")).ShouldBeProblem(401);
        (await second.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/status") { Headers = { { "X-API-Key", key } } })).Status.ShouldBe(200);
    }

    private async Task<string> AdminAsync() => (await CreateAsync("ana", "admin")).Json.GetProperty("key").GetString()!;

    private Task<Answer> CreateAsync(string name, string role, string? key = null, double? days = null) => SendAsync(
        "/api/keys", request => Post(request, key, days is null ? new { name, role } : new { name, role, expires_in_days = days }));

    private Task<Answer> RevokeAsync(JsonElement made, string key) =>
        SendAsync($"/api/keys/{made.GetProperty("id").GetString()}/revoke", request => Post(request, key, null));

    private Task<Answer> GetAsync(string path, string key) => SendAsync(path, request => request.Headers.Add("X-API-Key", key));

    private Task<Answer> SendAsync(string path, Action<HttpRequestMessage> complete)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        complete(request);
        return Server.SendAsync(request);
    }

    private static void Post(HttpRequestMessage request, string? key, object? body)
    {
        request.Method = HttpMethod.Post;
        request.Content = body is null ? null : JsonContent.Create(body);
        if (key is not null)
        {
            request.Headers.Add("X-API-Key", key);
        }
    }
}
