using System.Globalization;
using System.Text;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Ingest;

public sealed class BodyLimitsTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const int HundredMegabytes = 100_000_000;

    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task A_million_items_are_refused_as_a_whole()
    {
        // Two bytes an item: within the limit of bytes, far beyond the limit of items.
        var body = string.Join(',', Enumerable.Repeat('0', 1_000_000));

        var answer = await _server.PostAsync($"[{body}]");

        answer.ShouldBeProblem(413).GetProperty("detail").GetString()!.ShouldContain("10000");
        (await _server.GetAsync("/health/live")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task The_number_of_items_that_is_allowed_is_taken()
    {
        var answer = await _server.PostAsync(string.Concat(Enumerable.Repeat(SomeEvents.One("most.sent") + "\n", 10_000)), "application/x-ndjson");

        answer.Status.ShouldBe(202, answer.Body);
        answer.Json.GetProperty("accepted").GetInt32().ShouldBe(10_000);
    }

    [Fact]
    public async Task Of_many_rejected_items_the_first_are_told_and_the_others_counted()
    {
        var answer = await _server.PostAsync($"[{SomeEvents.One("few.good")},{string.Join(',', Enumerable.Repeat('0', 2_500))}]");

        answer.Status.ShouldBe(202, answer.Body);
        answer.Json.GetProperty("accepted").GetInt32().ShouldBe(1);
        answer.Json.GetProperty("rejected").GetArrayLength().ShouldBe(1_000);
        answer.Json.GetProperty("rejected_more").GetInt32().ShouldBe(1_500);
    }

    [Fact]
    public async Task A_large_event_among_others_is_rejected_and_one_that_comes_alone_is_refused()
    {
        var large = $$"""{"event_type":"large.sent","data":{"text":"{{new string('x', 300_000)}}"} }""";

        var among = await _server.PostAsync($"[{SomeEvents.One("large.sent")},{large}]");
        var alone = await _server.PostAsync(large);

        among.Status.ShouldBe(202);
        among.Json.GetProperty("rejected")[0].RulesAndFields().ShouldBe(["size event"]);
        alone.ShouldBeProblem(413);
        (await _server.StoredAsync("event_type=large.sent", 1)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_body_that_is_announced_too_large_is_refused_before_it_is_sent()
    {
        await using var connection = await RawConnection.OpenAsync(_server.Address);

        await connection.SendAsync(Head($"Content-Length: {HundredMegabytes}"));
        var head = await connection.ReceiveHeadAsync();

        head.ShouldStartWith("HTTP/1.1 413");
        head.ShouldContain("application/problem+json");
        head.ShouldContain("Connection: close");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_hundred_megabytes_are_refused_without_being_kept_in_memory(bool announced)
    {
        await using var connection = await RawConnection.OpenAsync(_server.Address);
        await connection.SendAsync(Head(announced ? $"Content-Length: {HundredMegabytes}" : "Transfer-Encoding: chunked"));

        var answering = connection.ReceiveHeadAsync();
        var sent = await SendUntilCutOffAsync(connection, chunked: !announced);
        var head = await answering;

        head.ShouldStartWith("HTTP/1.1 413");
        sent.ShouldBeLessThan(HundredMegabytes, "The server should not have read all of it.");
        (await _server.PostAsync(SomeEvents.One("after.large"))).Status.ShouldBe(202);
    }

    [Fact]
    public async Task Clients_that_announce_much_and_send_nothing_hold_up_nobody()
    {
        var idle = new List<RawConnection>();
        for (var i = 0; i < 8; i++)
        {
            var connection = await RawConnection.OpenAsync(_server.Address);
            idle.Add(connection);
            await connection.SendAsync(Head($"Content-Length: {16 << 20}"));
            await connection.SendAsync("[");
        }

        var answer = await _server.PostAsync($"[{string.Join(',', Enumerable.Repeat(SomeEvents.One("beside.idle"), 2_000))}]");

        answer.Status.ShouldBe(202, answer.Body);
        foreach (var connection in idle)
        {
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_changed_limit_holds_at_once()
    {
        await using var server = await TestServer.StartAsync();
        server.Flags.Set(FlagNames.MaxBodyBytes, 2_048).Status.ShouldBe(FlagSetStatus.Set);
        server.Flags.Set(FlagNames.MaxEventsPerRequest, 3).Status.ShouldBe(FlagSetStatus.Set);

        var tooMany = await server.PostAsync(SomeEvents.Many("limit.sent", 1, 4));
        var tooLarge = await server.PostAsync(SomeEvents.Many("limit.sent", 1, 3) + new string(' ', 2_048));
        var right = await server.PostAsync(SomeEvents.Many("limit.sent", 1, 3));

        tooMany.ShouldBeProblem(413);
        tooLarge.ShouldBeProblem(413).GetProperty("detail").GetString()!.ShouldContain("HOLDFAST_MAX_BODY_BYTES");
        right.Status.ShouldBe(202);
    }

    private static string Head(string length) =>
        $"POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{length}\r\n\r\n";

    /// <summary>Sends until everything is sent or the server does not take any more; returns how much went out.</summary>
    private static async Task<long> SendUntilCutOffAsync(RawConnection connection, bool chunked)
    {
        var megabyte = new byte[1_000_000];
        megabyte.AsSpan().Fill((byte)' ');
        byte[] frame = chunked
            ? [.. Encoding.ASCII.GetBytes(megabyte.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"), .. megabyte, .. "\r\n"u8]
            : megabyte;
        for (var sent = 0L; sent < HundredMegabytes; sent += megabyte.Length)
        {
            try
            {
                await connection.SendAsync(frame);
            }
            catch (IOException)
            {
                return sent;
            }
        }

        return HundredMegabytes;
    }
}
