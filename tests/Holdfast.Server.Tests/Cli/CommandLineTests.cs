using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Cli;

/// <summary>The tool as it ships against the server as it ships.</summary>
public sealed class CommandLineTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Status_says_that_all_is_well_and_shows_the_ledger()
    {
        var run = await RunAsync("status");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain("dead_lettered");
        run.Output.ShouldContain("Every acknowledged row is accounted for.");
    }

    [Fact]
    public async Task A_bad_row_is_found_edited_and_replayed()
    {
        var id = await DeadLetterAsync("cli.mended");

        var list = await RunAsync("dlq", "list", "--text", "cli.mended");
        var show = await RunAsync("dlq", "show", id);
        var refused = await RunAsync("dlq", "replay", id);
        var edit = await PipeAsync("""{"event_type":"cli.mended"}""", "dlq", "edit", id, "--file", "-", "--reason", "typo");
        var replayed = await RunAsync("dlq", "replay", id);

        list.Output.ShouldContain(id);
        show.Output.ShouldContain("cli.mended");
        (refused.ExitCode, refused.Output).ShouldSatisfyAllConditions(run => run.ExitCode.ShouldBe(1), run => run.Output.ShouldContain($"holdfast dlq edit {id}"));
        edit.ExitCode.ShouldBe(0, edit.Error);
        (replayed.ExitCode, replayed.Output.Trim()).ShouldBe((0, $"{id}: recovered."));
        await _server.StoredAsync("event_type=cli.mended", 1);
    }

    [Fact]
    public async Task Without_a_person_at_a_terminal_no_editor_is_started()
    {
        var id = await DeadLetterAsync("cli.in.editor");

        var run = await CliProcess.RunAsync(_server.Address, input: "", new Dictionary<string, string> { ["EDITOR"] = "vi" }, "dlq", "edit", id);

        (run.ExitCode, run.Error).ShouldSatisfyAllConditions(both => both.ExitCode.ShouldBe(64), both => both.Error.ShouldContain("--file"));
    }

    [Fact]
    public async Task Many_are_counted_discarded_and_purged()
    {
        await DeadLetterAsync("cli.many", 3);

        var dry = await RunAsync("dlq", "discard", "--text", "cli.many", "--dry-run");
        var unasked = await RunAsync("dlq", "discard", "--text", "cli.many");
        var discarded = await RunAsync("dlq", "discard", "--text", "cli.many", "--yes", "--json");
        var counted = await RunAsync("dlq", "purge", "--older-than-days", "0", "--status", "discarded", "--dry-run");
        var purged = await RunAsync("dlq", "purge", "--older-than-days", "3000", "--yes");

        (dry.ExitCode, dry.Output.Trim()).ShouldBe((0, "3 would be discarded."));
        (unasked.ExitCode, unasked.Error).ShouldSatisfyAllConditions(run => run.ExitCode.ShouldBe(64), run => run.Error.ShouldContain("--yes"));
        JsonElement.Parse(discarded.Output).GetProperty("discarded").GetInt32().ShouldBe(3);
        counted.Output.Trim().ShouldBe("3 dead letters (3 discarded) would be deleted.");
        purged.Output.ShouldStartWith("0 purged");
    }

    [Fact]
    public async Task An_operation_is_handed_in_found_changed_given_up_and_put_back()
    {
        var enqueued = await PipeAsync("""{"operation_type":"event_publish","delay_seconds":3600,"payload":{"event_type":"cli.later"}}""", "retries", "enqueue", "--file", "-");
        var id = enqueued.Output.Split(' ')[0];

        var list = await RunAsync("retries", "list", "--status", "pending", "--json");
        var edited = await PipeAsync("""{"event_type":"cli.sooner"}""", "retries", "edit", id, "--file", "-", "--if-version", "1");
        var late = await PipeAsync("""{"event_type":"cli.late"}""", "retries", "edit", id, "--file", "-", "--if-version", "1");
        var dead = await RunAsync("retries", "dead-letter", id);
        var alerts = await RunAsync("retries", "alerts");
        var cancelled = await RunAsync("retries", "cancel", id, "--reason", "sold out");
        var again = await RunAsync("retries", "cancel", id);
        var show = await RunAsync("retries", "show", id);
        var requeued = await RunAsync("retries", "requeue", id);
        var stats = await RunAsync("retries", "stats");

        (enqueued.ExitCode, enqueued.Output).ShouldSatisfyAllConditions(run => run.ExitCode.ShouldBe(0, enqueued.Error), run => run.Output.Trim().ShouldEndWith("created"));
        JsonElement.Parse(list.Output).GetProperty("items").EnumerateArray().ShouldContain(item => item.GetProperty("id").GetString() == id);
        (edited.ExitCode, late.ExitCode).ShouldBe((0, 2), edited.Error);
        late.Error.ShouldContain("version 2");
        (cancelled.ExitCode, again.ExitCode, requeued.ExitCode, dead.ExitCode).ShouldBe((0, 2, 0, 0));
        show.Output.ShouldContain("cli.sooner");
        stats.Output.ShouldContain("event_publish");
        (alerts.ExitCode, alerts.Output).ShouldSatisfyAllConditions(run => run.ExitCode.ShouldBe(1), run => run.Output.ShouldContain("Dead letter"));
    }

    [Fact]
    public async Task Many_are_acted_upon_durably_and_watched_until_it_is_done()
    {
        await PipeAsync(
            """[{"operation_type":"event_publish","delay_seconds":3600,"target":"cli.ops"},{"operation_type":"event_publish","delay_seconds":3600,"target":"cli.ops"}]""",
            "retries", "enqueue", "--file", "-");

        var unsaid = await RunAsync("ops", "begin", "retries", "cancel");
        var wrong = await RunAsync("ops", "begin", "retries", "burn", "--all");
        var run = await RunAsync("ops", "begin", "retries", "cancel", "--target", "cli.ops", "--watch", "--reason", "sold out");
        var list = await RunAsync("ops", "list", "--json");
        var id = JsonElement.Parse(list.Output).GetProperty("items")[0].GetProperty("id").GetString()!;
        var show = await RunAsync("ops", "show", id);
        var paused = await RunAsync("ops", "pause", id);

        (unsaid.ExitCode, unsaid.Error).ShouldSatisfyAllConditions(both => both.ExitCode.ShouldBe(64), both => both.Error.ShouldContain("--all"));
        (wrong.ExitCode, wrong.Error).ShouldSatisfyAllConditions(both => both.ExitCode.ShouldBe(2), both => both.Error.ShouldContain("kind"));
        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain("completed, 2 of 2 taken, 2 succeeded");
        show.Output.ShouldContain("completed");
        paused.ExitCode.ShouldBe(2);
    }

    [Theory]
    [InlineData("\u0003", 130)]
    [InlineData("n\n", 1)]
    [InlineData("y\n", 0)]
    public async Task A_question_can_be_answered_and_left_with_ctrl_c(string typed, int exitCode) =>
        (await CliProcess.AnswerAtTerminalAsync(_server.Address, "(n)", typed, "dlq", "purge", "--older-than-days", "3000")).ShouldBe(exitCode);

    [Fact]
    public async Task An_export_is_a_line_for_each_letter()
    {
        await DeadLetterAsync("cli.export", 4);
        using var directory = new DataDirectory();
        Directory.CreateDirectory(directory.Path);
        var file = Path.Combine(directory.Path, "letters.ndjson");

        var toFile = await RunAsync("dlq", "export", "--text", "cli.export", "--output", file);
        var toOutput = await RunAsync("dlq", "export", "--text", "cli.export");

        toFile.Output.ShouldStartWith("4 dead letters");
        (await File.ReadAllTextAsync(file)).ShouldBe(toOutput.Output);
        toOutput.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(4);
        File.Exists(file + ".part").ShouldBeFalse();
    }

    [Theory]
    [InlineData("status")]
    [InlineData("dlq", "list")]
    [InlineData("dlq", "list", "--groups")]
    [InlineData("dlq", "replay", "--all", "--dry-run")]
    [InlineData("dlq", "purge", "--older-than-days", "3000", "--yes")]
    public async Task With_json_the_output_is_the_answer_of_the_server_and_nothing_else(params string[] arguments)
    {
        var run = await RunAsync([.. arguments, "--json"]);

        run.ExitCode.ShouldBe(0, run.Error);
        JsonElement.Parse(run.Output).ValueKind.ShouldBe(JsonValueKind.Object);
    }

    [Theory]
    [InlineData(64, "or --all", "dlq", "replay")]
    [InlineData(64, "Say numbers or filters", "dlq", "replay", "1", "--status", "failed")]
    [InlineData(64, "--help", "dlq", "frobnicate")]
    [InlineData(64, "--help", "dlq", "show", "x")]
    [InlineData(64, "no address of a server", "status", "--url", "nonsense")]
    [InlineData(2, "no such dead letter", "dlq", "show", "17000")]
    [InlineData(2, "status: One of", "dlq", "list", "--status", "odd")]
    [InlineData(2, "older_than_days", "dlq", "purge", "--older-than-days", "99999", "--yes")]
    public async Task What_is_wrong_is_said_with_what_to_do_and_has_an_exit_code(int exitCode, string said, params string[] arguments)
    {
        var run = await RunAsync(arguments);

        run.ExitCode.ShouldBe(exitCode, run.Error);
        run.Error.ShouldContain(said, Case.Insensitive);
        run.Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_said_with_its_address()
    {
        var port = FreePort();

        var run = await CliProcess.RunAsync(new Uri($"http://127.0.0.1:{port}"), "status");

        run.ExitCode.ShouldBe(69);
        run.Error.ShouldContain($"127.0.0.1:{port}");
        run.Error.ShouldContain("--url");
    }

    [Fact]
    public async Task The_exit_codes_are_documented()
    {
        var documented = await File.ReadAllTextAsync(Path.Combine(Root(), "docs", "reference", "exit-codes.md"));

        var codes = typeof(Holdfast.Cli.ExitCode).GetFields().Select(field => (int)field.GetRawConstantValue()!);

        codes.ShouldAllBe(code => documented.Contains($"| {code} |"));
    }

    private static string Root([System.Runtime.CompilerServices.CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));

    private Task<CliRun> RunAsync(params string[] arguments) => CliProcess.RunAsync(_server.Address, arguments);

    private Task<CliRun> PipeAsync(string input, params string[] arguments) => CliProcess.RunAsync(_server.Address, input, new Dictionary<string, string>(), arguments);

    private async Task<string> DeadLetterAsync(string type, int count = 1)
    {
        var item = $$$"""{"event_type":"{{{type}}}\u0000","data":{}}""";
        await _server.PostAsync($"[{string.Join(",", Enumerable.Repeat(item, count))}]");
        var answer = await Deadline.EventuallyAsync(
            () => _server.GetAsync($"/api/dead-letters?text={type}"), found => found.Status == 200 && found.Json.GetProperty("items").GetArrayLength() == count);
        return answer.Json.GetProperty("items")[0].GetProperty("id").ToString();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
