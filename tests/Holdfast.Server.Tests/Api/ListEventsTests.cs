using System.Text.Json;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Api;

/// <summary>Twelve stored events, one a minute, that differ in what can be filtered by.</summary>
public sealed class ListedEvents : IAsyncLifetime
{
    public const int Count = 12;

    public static readonly DateTimeOffset First = new DateTimeOffset(TimeProvider.System.GetUtcNow().Date, TimeSpan.Zero).AddDays(-2);

    private TestServer? _server;

    public TestServer Server => _server!;

    public static string At(int number) => First.AddMinutes(number).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    public static Guid Id(int number) => new(number, 0, 0x7000, 0x80, 0, 0, 0, 0, 0, 0, 1);

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        var events = Enumerable.Range(0, Count).Select(number =>
            $$"""
            {"event_type":"{{(number % 2 == 0 ? "order.placed" : "order.paid")}}","data":{"n":{{number}},"text":"100%_{{number}}"},"timestamp":"{{At(number)}}",
             "metadata":{"correlation_id":"c{{number / 6}}"},"source":"till-{{number % 3}}","category":"{{(number < 4 ? "critical" : "debug")}}","event_id":"{{Id(number)}}"}
            """);
        (await _server.PostAsync($"[{string.Join(',', events)}]")).Status.ShouldBe(202);
        await _server.StoredAsync("", Count);
    }

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();
}

public sealed class ListEventsTests(ListedEvents listed) : IClassFixture<ListedEvents>
{
    public static TheoryData<string, int[]> Filters => new()
    {
        { "", [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0] },
        { "event_type=order.paid", [11, 9, 7, 5, 3, 1] },
        { "event_type=order", [] },
        { "source=till-2", [11, 8, 5, 2] },
        { "category=critical", [3, 2, 1, 0] },
        { "category=performance", [] },
        { $"since={ListedEvents.At(10)}", [11, 10] },
        { $"until={ListedEvents.At(2)}", [1, 0] },
        { $"since={ListedEvents.At(4)}&until={ListedEvents.At(6)}", [5, 4] },
        { $"since={ListedEvents.First.AddMinutes(10).ToUnixTimeMilliseconds()}", [11, 10] },
        { $"since={Uri.EscapeDataString(ListedEvents.First.AddMinutes(10).ToOffset(TimeSpan.FromHours(2)).ToString("yyyy-MM-dd'T'HH:mm:sszzz"))}", [11, 10] },
        { $"event_id={ListedEvents.Id(7)}", [7] },
        { $"event_id={Guid.AllBitsSet}", [] },
        { "correlation_id=c1", [11, 10, 9, 8, 7, 6] },
        { "text=till-1", [10, 7, 4, 1] },
        { $"text={Uri.EscapeDataString("100%_1")}", [11, 10, 1] },
        { $"text={Uri.EscapeDataString("100_%")}", [] },
        { $"text={Uri.EscapeDataString("' OR 1=1 --")}", [] },
        { "limit=3", [11, 10, 9] },
        { "event_type=order.placed&source=till-0&category=debug", [6] },
    };

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task A_filter_finds_what_it_names_the_newest_first(string query, int[] numbers)
    {
        var answer = await listed.Server.GetAsync($"/api/events?{query}");

        answer.Status.ShouldBe(200, answer.Body);
        answer.Header("Cache-Control").ShouldBe("no-store");
        Numbers(answer).ShouldBe(numbers);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(500)]
    public async Task Pages_follow_each_other_to_the_end_without_a_repeat_and_without_a_hole(int limit)
    {
        var numbers = new List<int>();
        string? cursor = null;
        do
        {
            var answer = await listed.Server.GetAsync($"/api/events?limit={limit}{(cursor is null ? "" : $"&cursor={cursor}")}");
            var page = Numbers(answer);
            page.Length.ShouldBeLessThanOrEqualTo(limit);
            numbers.AddRange(page);
            cursor = answer.Json.GetProperty("next_cursor").GetString();
        }
        while (cursor is not null);

        numbers.ShouldBe(Enumerable.Range(0, ListedEvents.Count).Reverse());
    }

    [Fact]
    public async Task Events_of_one_instant_are_paged_without_a_repeat()
    {
        // A server of its own: the filters count what is stored, in whatever order the tests run.
        await using var server = await TestServer.StartAsync();
        await server.PostAsync($"[{string.Join(',', Enumerable.Range(0, 9).Select(n => $$"""{"event_type":"same.instant","timestamp":"{{ListedEvents.First:O}}","data":{"n":{{n}} } }"""))}]");
        await server.StoredAsync("event_type=same.instant", 9);

        var first = await server.GetAsync("/api/events?event_type=same.instant&limit=4");
        var second = await server.GetAsync($"/api/events?event_type=same.instant&limit=5&cursor={first.Json.GetProperty("next_cursor").GetString()}");

        Numbers(first).Concat(Numbers(second)).Order().ShouldBe(Enumerable.Range(0, 9));
    }

    [Fact]
    public async Task All_faults_of_a_query_are_listed_at_once()
    {
        var answer = await listed.Server.GetAsync(
            "/api/events?limit=0&since=yesterday&until=31.12.2026&event_id=17&category=urgent&cursor=nonsense&colour=red");

        var problem = answer.ShouldBeProblem(400);
        problem.RulesAndFields().ShouldBe(
            ["parameter limit", "parameter since", "parameter until", "parameter event_id", "parameter category", "parameter cursor", "unknown_parameter colour"],
            ignoreOrder: true);
        problem.GetProperty("instance").GetString().ShouldBe("/api/events");
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=501", "limit")]
    [InlineData("limit=-1", "limit")]
    [InlineData("limit=ten", "limit")]
    [InlineData("limit=1.5", "limit")]
    [InlineData("limit=99999999999999999999", "limit")]
    [InlineData("limit=5&limit=6", "limit")]
    [InlineData("event_type=a&event_type=b", "event_type")]
    [InlineData("since=12:30", "since")]
    [InlineData("since=2026-01-31", "since")]
    [InlineData("since=01/02/2026", "since")]
    [InlineData("since=9223372036854775807", "since")]
    [InlineData("cursor=AAAA", "cursor")]
    [InlineData("cursor=%00", "cursor")]
    [InlineData("text=%00", "text")]
    [InlineData("since=1969-12-31T23:59:59Z", "since")]
    [InlineData("until=9999-12-31T23:59:59-01:00", "until")]
    [InlineData("event_id=%7B00000000-0000-0000-0000-000000000000%7D", "event_id")]
    public async Task A_bad_value_is_refused_with_its_name(string query, string field)
    {
        var answer = await listed.Server.GetAsync($"/api/events?{query}");

        answer.ShouldBeProblem(400).RulesAndFields().ShouldBe([$"parameter {field}"]);
    }

    [Fact]
    public async Task A_text_that_is_too_long_is_refused()
    {
        var answer = await listed.Server.GetAsync($"/api/events?text={new string('x', 1_025)}");

        answer.ShouldBeProblem(400).RulesAndFields().ShouldBe(["parameter text"]);
    }

    [Theory]
    [InlineData("text=%FF%FE")]
    [InlineData("text=%ED%A0%80")]
    [InlineData("source=%F0%9F%90%A2")]
    [InlineData("event_type=%25")]
    public async Task Strange_bytes_find_nothing_and_break_nothing(string query) =>
        Numbers(await listed.Server.GetAsync($"/api/events?{query}")).ShouldBeEmpty();

    [Fact]
    public async Task The_largest_cursor_is_harmless()
    {
        var cursor = new string('_', 32);

        var answer = await listed.Server.GetAsync($"/api/events?cursor={cursor}");

        answer.Status.ShouldBeOneOf(200, 400);
    }

    private static int[] Numbers(Answer answer)
    {
        answer.Status.ShouldBe(200, answer.Body);
        return [.. answer.Json.GetProperty("items").EnumerateArray().Select((JsonElement item) => SomeEvents.Number(item))];
    }
}
