using System.Globalization;
using System.IO.Compression;
using System.Text;
using Holdfast.Flags;
using Holdfast.Server.Tests.Support;
using Holdfast.Tests.Support;

namespace Holdfast.Server.Tests.Ingest;

public sealed class PostMetricsTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";

    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData(Protobuf, "", null)]
    [InlineData(Json, "{}", null)]
    [InlineData(Protobuf, "", "gzip")]
    [InlineData(Json, "{}", "gzip")]
    [InlineData(Json, "{}", "identity")]
    public async Task What_is_taken_is_answered_empty_in_the_same_encoding_and_stored(string type, string empty, string? compression)
    {
        var name = $"taken.{type[12..]}.{compression}";

        var answer = await PostAsync(_server, type, Gauge(name, 1.5), compression);

        answer.Status.ShouldBe(200, answer.Body);
        answer.ContentType.ShouldBe(type);
        answer.Body.ShouldBe(empty);
        answer.Header("Holdfast-Durability").ShouldBe("durable");
        (await _server.SeriesAsync(name)).Single().Value.Last().ShouldBe(1.5);
    }

    [Fact]
    public async Task Rejected_points_are_counted_and_explained_in_the_encoding_of_the_request()
    {
        var request = Gauge("partial", "\"NaN\"");

        var json = await PostAsync(_server, Json, request);
        var protobuf = await PostAsync(_server, Protobuf, request);

        json.Json.GetProperty("partialSuccess").GetProperty("rejectedDataPoints").GetString().ShouldBe("1");
        json.Json.GetProperty("partialSuccess").GetProperty("errorMessage").GetString().ShouldBe("Not recorded: 1 with a value that is not a finite number (partial).");
        protobuf.Status.ShouldBe(200);

        // partial_success { rejected_data_points: 1 error_message: "Not ..." }
        protobuf.Body.ShouldStartWith("\n");
        protobuf.Body.ShouldContain("\b\u0001\u0012");
        protobuf.Body.ShouldEndWith("Not recorded: 1 with a value that is not a finite number (partial).");
    }

    [Fact]
    public async Task A_body_that_cannot_be_read_is_refused_with_a_status_in_its_encoding()
    {
        var json = await PostAsync(_server, Json, "{"u8.ToArray());
        var protobuf = await PostAsync(_server, Protobuf, [0x0A, 0x7F]);

        json.Status.ShouldBe(400);
        json.ContentType.ShouldBe(Json);
        json.Json.GetProperty("code").GetInt32().ShouldBe(3);
        json.Json.GetProperty("message").GetString()!.ShouldStartWith("The body cannot be read");
        protobuf.Status.ShouldBe(400);
        protobuf.ContentType.ShouldBe(Protobuf);
        protobuf.Body.ShouldStartWith("\b\u0003\u0012");
    }

    [Theory]
    [InlineData("text/plain", null)]
    [InlineData("application/json; charset=latin1", null)]
    [InlineData(null, null)]
    [InlineData(Json, "deflate")]
    [InlineData(Protobuf, "gzip, gzip")]
    public async Task What_is_not_understood_is_told_what_would_be(string? type, string? compression)
    {
        var answer = await SendAsync(_server, type, "{}"u8.ToArray(), compression);

        answer.Status.ShouldBe(415);
        answer.Header("Accept-Encoding").ShouldBe("gzip, identity");
        answer.Header("Accept").ShouldNotBeNull().ShouldContain(Protobuf);
    }

    [Fact]
    public async Task A_body_that_is_cut_off_within_gzip_is_not_taken_for_a_shorter_one()
    {
        // Many metrics, so that a cut between two of them would read like fewer.
        var whole = Compress(OtlpProtobuf.FromJson(Gauges("cut", 2_000)));

        foreach (var missing in (int[])[1, 4, 8, 9, 100, whole.Length / 2, whole.Length - 5])
        {
            var answer = await SendAsync(_server, Protobuf, whole[..^missing], "gzip");

            answer.Status.ShouldBe(400, $"without the last {missing} bytes");
        }

        (await SendAsync(_server, Protobuf, whole, "gzip")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_small_body_that_stands_for_a_very_large_one_is_refused_while_it_is_read()
    {
        var bomb = Compress(new byte[300 << 20]);
        bomb.Length.ShouldBeLessThan(4 << 20);
        var before = GC.GetTotalAllocatedBytes();

        var answer = await SendAsync(_server, Protobuf, bomb, "gzip");

        answer.Status.ShouldBe(413);
        (GC.GetTotalAllocatedBytes() - before).ShouldBeLessThan(200 << 20);
        (await PostAsync(_server, Json, Gauge("after.bomb", 1))).Status.ShouldBe(200);
    }

    [Fact]
    public async Task The_limit_holds_before_decompression_too()
    {
        await using var server = await TestServer.StartAsync();
        server.Flags.Set(FlagNames.MaxBodyBytes, 2_048).Status.ShouldBe(FlagSetStatus.Set);

        (await SendAsync(server, Protobuf, new byte[2_049])).Status.ShouldBe(413);
        (await SendAsync(server, Json, Encoding.UTF8.GetBytes("{}" + new string(' ', 2_046)))).Status.ShouldBe(200);
        (await SendAsync(server, Json, Compress(Encoding.UTF8.GetBytes("{}" + new string(' ', 2_047))), "gzip")).Status.ShouldBe(413);
    }

    [Fact]
    public async Task A_full_spool_asks_to_come_back_and_never_answers_500()
    {
        using var data = new DataDirectory();
        await using var server = await TestServer.StartAsync(
            data.WithCorruptStore(), new Dictionary<string, object> { [FlagNames.SpoolDiskBytes] = 64L << 10 });
        Answer answer;
        var posts = 0;
        do
        {
            answer = await PostAsync(server, posts++ % 2 == 0 ? Protobuf : Json, Gauges("full", 100));
        }
        while (answer.Status == 200 && posts < 1_000);

        answer.Status.ShouldBe(429);
        answer.ShouldSayWhenToComeBack();
        var samples = (await server.GetAsync("/api/ledger")).Json.GetProperty("samples");
        samples.GetProperty("received").GetInt64().ShouldBe((posts - 1) * 100);

        // On a slow machine the circuit to the broken store opens meanwhile, and the event of that finds no room either.
        await server.StopAsync();
        server.Errors.Take().ShouldAllBe(line => line.Contains("circuit_breaker_"));
    }

    [Fact]
    public async Task What_was_answered_with_200_is_there_after_a_restart()
    {
        using var data = new DataDirectory();
        await using (var first = await TestServer.StartAsync(data.WithCorruptStore()))
        {
            (await PostAsync(first, Protobuf, Gauge("kept", 4))).Status.ShouldBe(200);
        }

        data.RemoveStore();
        await using var second = await TestServer.StartAsync(data);

        (await second.SeriesAsync("kept")).Single().Value.Last().ShouldBe(4);
    }

    [Fact]
    public async Task The_labels_that_are_kept_can_be_changed_while_it_runs()
    {
        await using var server = await TestServer.StartAsync();
        server.Flags.Set(FlagNames.OtlpLabels, "os.type").Status.ShouldBe(FlagSetStatus.Set);

        await PostAsync(server, Json, Gauge("labelled", 1));

        (await server.SeriesAsync("labelled")).Single().Key.ShouldBe("""{"os.type":"linux"}""");
    }

    private static string Gauges(string name, int count) => Request(string.Join(',', Enumerable.Range(0, count).Select(i => Metric($"{name}.{i}", i.ToString(CultureInfo.InvariantCulture)))));

    private static string Gauge(string name, double value) => Gauge(name, value.ToString(CultureInfo.InvariantCulture));

    private static string Gauge(string name, string value) => Request(Metric(name, value));

    private static string Metric(string name, string value) =>
        "{\"name\":\"" + name + "\",\"gauge\":{\"dataPoints\":[{\"timeUnixNano\":\"" + Now() + "\",\"asDouble\":" + value + "}]}}";

    private static string Request(string metrics) =>
        """{"resourceMetrics":[{"resource":{"attributes":[{"key":"os.type","value":{"stringValue":"linux"}}]},"scopeMetrics":[{"metrics":[""" + metrics + "]}]}]}";

    private static string Now() => ((TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100).ToString(CultureInfo.InvariantCulture);

    private static Task<Answer> PostAsync(TestServer server, string type, string json, string? compression = null) =>
        PostAsync(server, type, type == Json ? Encoding.UTF8.GetBytes(json) : OtlpProtobuf.FromJson(json), compression);

    private static Task<Answer> PostAsync(TestServer server, string type, byte[] body, string? compression = null) =>
        SendAsync(server, type, compression == "gzip" ? Compress(body) : body, compression);

    private static Task<Answer> SendAsync(TestServer server, string? type, byte[] body, string? compression = null)
    {
        var content = new ByteArrayContent(body);
        if (type is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        if (compression is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Encoding", compression);
        }

        return server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/v1/metrics") { Content = content });
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return compressed.ToArray();
    }
}
