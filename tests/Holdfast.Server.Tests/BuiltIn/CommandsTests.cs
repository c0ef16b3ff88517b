using System.Net.Http.Json;
using System.Text;
using Holdfast.BuiltIn.Commands;
using Holdfast.Flags;
using Holdfast.Pipeline;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.BuiltIn;

/// <summary>Commands in a running server, over HTTP and with the tool.</summary>
public sealed class CommandsTests
{
    private static readonly Dictionary<string, object> NoCooldown = new() { [FlagNames.CommandsCooldownSeconds] = 0 };

    [Fact]
    public async Task The_commands_that_come_with_the_server_answer()
    {
        await using var server = await TestServer.StartAsync(settings: NoCooldown);

        (await TextAsync(server, "about")).ShouldContain("test-node");
        (await TextAsync(server, "uptime")).ShouldStartWith("Up ");
        (await TextAsync(server, "health")).ShouldBe("All is well.");
        (await TextAsync(server, "retry")).ShouldBe("The queue is empty.");
        (await TextAsync(server, "retry", "show", "019a0000-0000-7000-8000-000000000000")).ShouldBe("There is no such item.");
        (await TextAsync(server, "flags", "commands")).ShouldContain("HOLDFAST_COMMANDS_COOLDOWN_SECONDS=0");
        (await TextAsync(server, "help")).Split('\n').Select(line => line.Split(':')[0]).ShouldBe(["about", "debug", "flags", "health", "help", "retry", "uptime"]);
        (await TextAsync(server, "help", "retry")).ShouldStartWith("retry [stats]");
        (await TextAsync(server, "debug")).ShouldSatisfyAllConditions(
            text => text.ShouldContain("queue retry *.failed: 0 of 10000"),
            text => text.ShouldContain("breaker database: closed"),
            text => text.ShouldContain("component commands: ready"),
            text => text.ShouldContain("MiB resident"));
    }

    [Fact]
    public async Task A_line_of_text_does_the_same()
    {
        await using var server = await TestServer.StartAsync(settings: NoCooldown);

        var answer = await PostAsync(server, new StringContent("!debug memory", Encoding.UTF8, "text/plain"));
        var nothing = await PostAsync(server, new StringContent("hello", Encoding.UTF8, "text/plain"));

        (answer.Status, answer.Json.GetProperty("command").GetString()).ShouldBe((200, "debug"));
        answer.Json.GetProperty("text").GetString()!.ShouldStartWith("memory: ");
        nothing.Status.ShouldBe(400);
    }

    [Fact]
    public async Task The_same_command_again_is_told_to_wait()
    {
        await using var server = await TestServer.StartAsync();

        var first = await CallAsync(server, "uptime");
        var again = await CallAsync(server, "uptime");
        var other = await CallAsync(server, "about");

        (first.Status, again.Status, other.Status).ShouldBe((200, 429, 200));
        again.Headers.RetryAfter!.Delta.ShouldNotBeNull().ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Refusals_say_why_and_change_nothing()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.CommandsDisabled] = "uptime" });

        var unknown = await CallAsync(server, "dance");
        var disabled = await CallAsync(server, "uptime");
        var wrong = await CallAsync(server, "retry", "dance");
        var faulty = await PostAsync(server, new StringContent("""{"arguments":[1],"more":true}""", Encoding.UTF8, "application/json"));

        (unknown.Status, Code(unknown)).ShouldBe((404, "unknown_command"));
        (disabled.Status, Code(disabled)).ShouldBe((403, "disabled_command"));
        (wrong.Status, Code(wrong)).ShouldBe((400, "usage"));
        faulty.Status.ShouldBe(400);
        faulty.Json.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString()).ShouldBe(["arguments", "command", "more"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_command_of_the_application_is_called_and_may_want_what_the_node_has()
    {
        await using var server = await TestServer.StartAsync(settings: NoCooldown, services: services => services.AddHoldfast().AddCommand<Count>());

        (await TextAsync(server, "count", "a", "b")).ShouldBe("2, with an intake");
        (await TextAsync(server, "help")).ShouldContain("count: Counts its arguments.");
    }

    [Fact]
    public async Task Without_the_component_there_are_no_commands()
    {
        await using var server = await TestServer.StartAsync(settings: new Dictionary<string, object> { [FlagNames.ComponentsDisabled] = "commands" });

        (await CallAsync(server, "uptime")).Status.ShouldBe(503);
    }

    [Fact]
    public async Task The_tool_prints_the_answer_and_the_reason_of_a_refusal()
    {
        await using var server = await TestServer.StartAsync(settings: NoCooldown);

        var done = await RunAsync(server, "command", "help", "retry");
        var refused = await RunAsync(server, "command", "dance");

        (done.ExitCode, done.Output).ShouldSatisfyAllConditions(run => run.ExitCode.ShouldBe(0, done.Error), run => run.Output.ShouldStartWith("retry [stats]"));
        (refused.ExitCode == 0, refused.Error).ShouldSatisfyAllConditions(run => run.Item1.ShouldBeFalse(), run => run.Error.ShouldContain("dance"));
    }

    private static async Task<string> TextAsync(TestServer server, string command, params string[] arguments)
    {
        var answer = await CallAsync(server, command, arguments);
        answer.Status.ShouldBe(200, answer.Body);
        return answer.Json.GetProperty("text").GetString()!;
    }

    private static Task<Answer> CallAsync(TestServer server, string command, params string[] arguments) =>
        PostAsync(server, JsonContent.Create(new { command, arguments }));

    private static Task<Answer> PostAsync(TestServer server, HttpContent content) =>
        server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/api/commands") { Content = content });

    private static string? Code(Answer answer) => answer.Json.GetProperty("code").GetString();

    private static Task<CliRun> RunAsync(TestServer server, params string[] arguments) =>
        CliProcess.RunAsync(server.Address, input: "", new Dictionary<string, string>(), arguments);

    private sealed class Count(IEventIntake intake) : ICommand
    {
        public string Name => "count";

        public string Summary => "Counts its arguments.";

        public ValueTask<CommandAnswer> ExecuteAsync(CommandCall call, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new CommandAnswer($"{call.Arguments.Count}, {(intake is null ? "without" : "with")} an intake"));
    }
}
