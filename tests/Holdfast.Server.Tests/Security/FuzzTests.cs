using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using Holdfast.AspNetCore.Security;
using Holdfast.Faults.Support;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Server.Tests.Security;

/// <summary>
/// What is reached from outside and reads something gets it spoiled: nothing of that is a fault of the server (500), costs a connection that
/// others need, or stays in memory. A server's log without an error, and a ledger that balances, are asked for at its end as ever.
/// </summary>
public sealed class FuzzTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly string[] Parameters =
        ["limit", "cursor", "since", "until", "event_type", "source", "category", "correlation_id", "status", "name", "label", "step", "agg", "q", "id", "ticket", "apikey", "unknown"];

    private readonly TestServer _server = shared.Server;

    public static TheoryData<string, string, string, string> Bodies => new()
    {
        { "POST", "/api/events", "application/json", """[{"event_type":"fuzz.tried","timestamp":"2026-11-22T12:00:00Z","source":"a","data":{"a":[1,2.5,{"b":"c"}]},"metadata":{"correlation_id":"x"},"category":"debug","event_id":"0193510b-2f3f-7000-8000-000000000001"}]""" },
        { "POST", "/api/events", "application/x-ndjson", "{\"event_type\":\"fuzz.tried\",\"data\":{}}\n{\"event_type\":\"fuzz.failed\",\"data\":{\"operation\":{\"operation_type\":\"http_callback\",\"target\":\"https://192.0.2.1/\"}}}\n" },
        { "POST", "/v1/metrics", "application/json", """{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"scopeMetrics":[{"scope":{"name":"m"},"metrics":[{"name":"fuzz.gauge","unit":"1","gauge":{"dataPoints":[{"timeUnixNano":"1795360000000000000","asDouble":1.5}]}},{"name":"fuzz.h","histogram":{"aggregationTemporality":1,"dataPoints":[{"count":"3","sum":4,"bucketCounts":["1","2"],"explicitBounds":[1]}]}}]}]}]}""" },
        { "POST", "/api/retries", "application/json", """[{"operation_type":"event_publish","target":"fuzz.tried","payload":{"data":{}},"priority":"high","max_retries":3,"correlation_id":"c","tags":["a"]}]""" },
        { "POST", "/api/operations", "application/json", """{"kind":"replay","over":"retries","filter":{"operation_type":"none","status":"failed"},"rate_per_second":5,"canary":true,"stop_above":0.5,"reason":"r","dry_run":true}""" },
        { "PUT", "/api/event-rules", "application/json", """{"rules":[{"name":"r","pattern":"a.*","condition":{"field":"a.b","equals":1},"destination":"publish:x.y","enabled":false}]}""" },
        { "POST", "/api/commands", "application/json", """{"command":"help","arguments":["a","b"]}""" },
        { "POST", "/api/commands", "text/plain", "!retry show \"0193510b-2f3f-7000-8000-000000000001\"" },
        { "POST", "/api/breakers/database/trip", "application/json", """{"duration_seconds":0.001,"reason":"r"}""" },
        { "POST", "/api/dead-letters/replay", "application/json", """{"filter":{"status":"pending","q":"x"},"limit":10,"dry_run":true,"reason":"r"}""" },
        { "POST", "/api/dead-letters/purge", "application/json", """{"older_than_days":3650,"status":"failed","dry_run":true}""" },
        { "PATCH", "/api/dead-letters/1", "application/json", """{"original_payload":{"data":{"a":1}},"replace":true,"reason":"r"}""" },
        { "POST", "/realtime/v1/api/broadcast", "application/json", """{"messages":[{"topic":"fuzz","event":"tick","payload":{"a":[1,"b"]},"private":true}]}""" },
        { "POST", "/realtime/v1/api/broadcast/fuzz/events/tick?persist[ttl]=60", "application/json", """{"a":[1,"b"]}""" },
        { "POST", "/api/keys", "application/json", """{"name":"_","role":"viewer","expires_in_days":1}""" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_spoiled_body_is_the_senders_fault(string method, string path, string type, string sound)
    {
        var mutator = new Mutator(Scale.Seed());

        for (var round = 0; round < Scale.Of(120, 5_000); round++)
        {
            await ShouldNotFailAsync(method, path, type, mutator.Spoil(Encoding.UTF8.GetBytes(sound)));
        }
    }

    [Fact]
    public async Task A_spoiled_message_of_OTLP_is_the_senders_fault()
    {
        var mutator = new Mutator(Scale.Seed());
        byte[] sound = [0x0A, 0x2B, 0x12, 0x29, 0x12, 0x27, 0x0A, 0x04, .. "fuzz"u8, 0x2A, 0x1F, 0x0A, 0x1D, 0x19, 0, 0, 0, 0, 0, 0, 0, 0x18, 0x21, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0x3A, 0x08, 0x0A, 0x01, 0x61, 0x12, 0x03, 0x0A, 0x01, 0x62];

        for (var round = 0; round < Scale.Of(500, 20_000); round++)
        {
            await ShouldNotFailAsync("POST", "/v1/metrics", "application/x-protobuf", mutator.Spoil(sound));
        }
    }

    [Fact]
    public async Task A_spoiled_query_is_the_askers_fault()
    {
        var mutator = new Mutator(Scale.Seed());
        var paths = _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<PermissionMetadata>()?.Permission is Permission.Read or Permission.AuditRead
                && endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Contains("GET"))
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.TrimStart('/')).ToList();

        for (var round = 0; round < Scale.Of(600, 30_000); round++)
        {
            var path = mutator.Pick(paths);
            path = path.Contains('{') ? $"{path[..path.IndexOf('{')]}{Uri.EscapeDataString(mutator.Text())}" : path;
            var query = string.Join('&', Enumerable.Range(0, mutator.Next(4)).Select(_ => $"{mutator.Pick(Parameters)}={Uri.EscapeDataString(mutator.Text())}"));

            await ShouldNotFailAsync("GET", $"{path}?{query}", type: null, []);
        }
    }

    [Fact]
    public async Task A_spoiled_key_token_or_ticket_is_no_key()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object>
        {
            [FlagNames.JwtSecret] = "a secret of the issuer, of more than 32 bytes",
            [FlagNames.LimitFailures] = 0,
            [FlagNames.LimitReads] = 0,
        });
        var key = await KeyedServer.KeyAsync(server, "ana", "admin");
        var ticket = (await server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/access/ticket") { Headers = { { "X-API-Key", key } } })).Json.GetProperty("ticket").GetString()!;
        var token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbmEiLCJyb2xlIjoiYWRtaW4iLCJleHAiOjk5OTk5OTk5OTl9.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        var mutator = new Mutator(Scale.Seed());

        for (var round = 0; round < Scale.Of(600, 30_000); round++)
        {
            var sound = mutator.Pick([key, ticket, token]);
            var spoiled = Encoding.Latin1.GetString(mutator.Spoil(Encoding.Latin1.GetBytes(sound)));
            var request = new HttpRequestMessage(HttpMethod.Get, $"/status?ticket={Uri.EscapeDataString(spoiled)}");
            var header = new string([.. spoiled.Where(letter => letter is > ' ' and < '\x7f')]);
            request.Headers.TryAddWithoutValidation("Authorization", mutator.Next(2) == 0 ? $"Bearer {header}" : null);

            var answer = await server.SendAsync(request);

            (answer.Status is 401 or 431 or 414 or 400 || spoiled == sound || header == sound).ShouldBeTrue($"{answer.Status} {answer.Body} to {spoiled}");
        }
    }

    [Theory]
    [InlineData("/events", """{"event_type":"fuzz.tried","data":{"a":1}}""")]
    [InlineData("/live", """["sub","overview"]""")]
    [InlineData("/realtime/v1/websocket?apikey=x&vsn=2.0.0", """["6","6","realtime:fuzz","phx_join",{"config":{"broadcast":{"ack":true,"self":true,"replay":{"since":1,"limit":3}},"presence":{"key":"k","enabled":true},"postgres_changes":[{"event":"*","schema":"monitoring","table":"monitoring_events","filter":"source=in.(\"a,b\",c),data=eq.{},event_type=match.^a(b|c)*$","select":["id"]}],"private":true},"access_token":"x"}]""")]
    [InlineData("/realtime/v1/websocket?apikey=x&vsn=2.0.0", """["6","6","realtime:holdfast:live","phx_join",{"config":{},"since":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"}]""")]
    [InlineData("/realtime/v1/websocket?apikey=x", """{"topic":"realtime:fuzz","event":"phx_join","payload":{"config":{"broadcast":{"self":"True"},"presence":{"enabled":true}}},"ref":"6","join_ref":"6"}""")]
    public async Task A_spoiled_frame_is_answered_or_ends_its_own_connection(string path, string sound)
    {
        var mutator = new Mutator(Scale.Seed());
        for (var connections = 0; connections < Scale.Of(20, 500); connections++)
        {
            await using var socket = await SocketClient.ConnectAsync(_server.WebSocketAddress(path));
            try
            {
                for (var frames = 0; frames < 20; frames++)
                {
                    await socket.SendAsync(mutator.Spoil(Encoding.UTF8.GetBytes(sound)), mutator.Next(10) == 0 ? WebSocketMessageType.Binary : WebSocketMessageType.Text);
                }
            }
            catch (WebSocketException)
            {
                // Ended by the server, with a reason.
            }
        }

        (await _server.GetAsync("/health/live")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Spoiled_frames_within_a_channel_reach_others_whole_or_not_at_all()
    {
        var mutator = new Mutator(Scale.Seed());
        byte[][] sound =
        [
            RealtimeWire.Push("realtime:fuzzed", "tick", Encoding.UTF8.GetBytes("""{"v":[1,{"a":"b"}]}""")),
            Encoding.UTF8.GetBytes("""["1","2","realtime:fuzzed","broadcast",{"type":"broadcast","event":"tick","payload":{"v":1}}]"""),
            Encoding.UTF8.GetBytes("""["1","3","realtime:fuzzed","presence",{"type":"presence","event":"track","payload":{"name":"x"}}]"""),
            Encoding.UTF8.GetBytes("""["1","4","realtime:fuzzed","access_token",{"access_token":"x"}]"""),
        ];
        await using var listener = await SocketClient.ConnectAsync(_server.WebSocketAddress("/realtime/v1/websocket?apikey=x"));
        await listener.SendAsync("""{"topic":"realtime:fuzzed","event":"phx_join","payload":{"config":{"presence":{"enabled":true}}},"ref":"1"}""");
        for (var connections = 0; connections < Scale.Of(20, 500); connections++)
        {
            await using var client = await RealtimeWire.ConnectAsync(_server);
            await client.JoinAsync("realtime:fuzzed", """{"presence":{"enabled":true}}""");
            try
            {
                for (var frames = 0; frames < 20; frames++)
                {
                    var at = mutator.Next(sound.Length);
                    await client.Socket.SendAsync(mutator.Spoil(sound[at]), at == 0 ? WebSocketMessageType.Binary : WebSocketMessageType.Text);
                }
            }
            catch (WebSocketException)
            {
                // Text that is no UTF-8 ends the connection, whatever protocol it carries.
            }
        }

        // Each message that came is JSON to the last, or reading it would have thrown.
        await _server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/realtime/v1/api/broadcast/fuzzed/events/end") { Content = new StringContent("{}", Encoding.UTF8, "application/json") });
        var patience = Deadline.Token();
        while (!(await listener.ReceiveAsync(patience)).ShouldNotBeNull().GetRawText().Contains("\"event\":\"end\"", StringComparison.Ordinal))
        {
        }
    }

    [Fact]
    public async Task What_is_no_HTTP_at_all_costs_one_connection()
    {
        var mutator = new Mutator(Scale.Seed());
        var sound = Encoding.ASCII.GetBytes("POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n0\r\n\r\n");
        for (var round = 0; round < Scale.Of(200, 5_000); round++)
        {
            await using var connection = await RawConnection.OpenAsync(_server.Address);
            await connection.SendAsync(Encoding.Latin1.GetString(mutator.Spoil(sound)));
        }

        (await _server.GetAsync("/health/live")).Status.ShouldBe(200);
    }

    private async Task ShouldNotFailAsync(string method, string path, string? type, byte[] body)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (type is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        }

        var answer = await _server.SendAsync(request);

        // 429: a command has its cooldown, and the store may be behind a breaker that a spoiled body has opened, in words that are in order.
        (answer.Status is < 500 or 503).ShouldBeTrue($"{method} {path} {Convert.ToBase64String(body)}: {answer}");
    }
}
