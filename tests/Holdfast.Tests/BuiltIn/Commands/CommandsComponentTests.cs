using System.Text.Json;
using Holdfast.BuiltIn.Commands;
using Holdfast.BuiltIn.Retry;
using Holdfast.Components;
using Holdfast.Events;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.BuiltIn.Commands;

/// <summary>The component on a real bus: what it executes, what it refuses, and what it tells.</summary>
public sealed class CommandsComponentTests : IAsyncDisposable
{
    private static readonly CommandCaller Ann = new("ann", CommandRole.Operator, "test");

    private readonly ManualTimeProvider _time = new(Some.Instant);
    private readonly EventBus _bus;
    private readonly CommandMetrics _metrics = new(new object());
    private readonly RecordingLogger<CommandsComponent> _logger = new();
    private readonly Heard _told = new();
    private CommandOptions _options = new();
    private ComponentHost? _host;

    public CommandsComponentTests() => _bus = new EventBus(time: _time);

    public async ValueTask DisposeAsync()
    {
        if (_host is { } host)
        {
            await host.DisposeAsync();
        }

        await _bus.DisposeAsync();
        _metrics.Dispose();
    }

    [Fact]
    public async Task A_command_is_executed_with_its_arguments_for_its_caller()
    {
        await StartAsync(new Trial("echo") { Act = (call, _) => Task.FromResult($"{call.Caller.Name}: {string.Join(' ', call.Arguments)}") });

        var reply = await AskAsync("ECHO", "one", "two");

        reply.ShouldBe(new CommandReply.Answered(new CommandAnswer("ann: one two")));
    }

    [Fact]
    public async Task The_same_command_waits_for_its_cooldown_and_others_and_other_callers_do_not()
    {
        await StartAsync(new Trial("one"), new Trial("two"));

        var first = await AskAsync("one");
        var again = await AskAsync("One");
        var other = await AskAsync("two");
        var somebody = await AskAsync(Ann with { Name = "bob" }, "one");
        _time.Advance(TimeSpan.FromSeconds(5));
        var later = await AskAsync("one");

        new[] { first, other, somebody, later }.ShouldAllBe(reply => reply is CommandReply.Answered);
        again.ShouldBeOfType<CommandReply.Refused>().RetryAfter.ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_call_that_is_refused_starts_no_cooldown()
    {
        _options = new CommandOptions { Disabled = ["one"] };
        await StartAsync(new Trial("one"));

        var refused = await AskAsync("one");
        _options = new CommandOptions();

        refused.ShouldBeOfType<CommandReply.Refused>().Refusal.ShouldBe(CommandRefusal.Disabled);
        (await AskAsync("one")).ShouldBeOfType<CommandReply.Answered>();
    }

    [Theory]
    [InlineData("nothing", CommandRole.Admin, CommandRefusal.Unknown, "unknown_command")]
    [InlineData("inner", CommandRole.Operator, CommandRefusal.AdminOnly, "admin_only")]
    [InlineData("work", CommandRole.Reader, CommandRefusal.Rank, "insufficient_rank")]
    internal async Task Users_errors_are_told_under_one_type_that_is_never_retried(string command, CommandRole role, CommandRefusal refusal, string told)
    {
        await StartAsync(new Trial("inner") { Role = CommandRole.Admin }, new Trial("work") { Role = CommandRole.Operator });
        _bus.Subscribe("*.error", _told.HandleAsync);

        var reply = await AskAsync(Ann with { Role = role }, command);

        reply.ShouldBeOfType<CommandReply.Refused>().Refusal.ShouldBe(refusal);
        var error = await _told.NextAsync();
        (error.Type, error.Source).ShouldBe(("eventfilter.command.error", "commands"));
        error.DataAs<JsonElement>().GetProperty("operation_type").GetString().ShouldBe(told);
        CaptureRules.Judge(error, Outside.Anything).ShouldBeOfType<Capture.Ignored>();
    }

    [Fact]
    public async Task What_is_too_long_is_refused_before_anything_is_done()
    {
        await StartAsync(new Trial("echo"));
        string[][] tooMuch = [[new('x', 257)], [.. Enumerable.Repeat("x", 11)], [.. Enumerable.Repeat(new string('x', 100), 6)]];

        foreach (var arguments in tooMuch)
        {
            (await AskAsync("echo", arguments)).ShouldBeOfType<CommandReply.Refused>().Refusal.ShouldBe(CommandRefusal.TooLong);
        }

        (await AskAsync("echo", [new('x', 256), .. Enumerable.Repeat("x", 9)])).ShouldBeOfType<CommandReply.Answered>();
    }

    [Fact]
    public async Task What_was_asked_more_than_ten_seconds_ago_is_not_done()
    {
        await StartAsync(new Trial("echo"));
        var askedAt = _time.GetUtcNow();

        _time.Advance(TimeSpan.FromSeconds(11));
        var reply = await _bus.RequestAsync<CommandReply>("commands", "command.execute", new CommandRequest("echo", [], Ann, askedAt));

        reply.ShouldBeOfType<CommandReply.Refused>().Refusal.ShouldBe(CommandRefusal.Stale);
    }

    [Fact]
    public async Task A_command_that_throws_is_told_and_its_caller_learns_no_details()
    {
        await StartAsync(new Trial("broken") { Act = (_, _) => throw new InvalidOperationException("The key is hunter2.") });
        _bus.Subscribe("command.*.failed", _told.HandleAsync);

        var reply = await AskAsync("broken");

        reply.ShouldBe(new CommandReply.Failed());
        var failure = await _told.NextAsync();
        failure.Type.ShouldBe("command.broken.failed");
        failure.DataAs<JsonElement>().GetProperty("operation_type").GetString().ShouldBe("command_execution");
        failure.CorrelationId.ShouldNotBeNull();
        CaptureRules.Judge(failure, Outside.Anything).ShouldBeOfType<Capture.Ignored>("nobody knows whether it may be repeated");
    }

    [Fact]
    public async Task An_answer_that_nobody_waits_for_any_more_is_a_failed_delivery()
    {
        var begun = new TaskCompletionSource();
        using var gone = new CancellationTokenSource();
        await StartAsync(new Trial("slow")
        {
            Act = async (_, token) =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            return "";
        }
        });
        _bus.Subscribe("command.slow.failed", _told.HandleAsync);

        var asking = _bus.RequestAsync("commands", "command.execute", new CommandRequest("slow", [], Ann, _time.GetUtcNow()), cancellationToken: gone.Token);
        await begun.Task;
        await gone.CancelAsync();

        await asking.ShouldThrowAsync<OperationCanceledException>();
        (await _told.NextAsync()).DataAs<JsonElement>().GetProperty("operation_type").GetString().ShouldBe("response_delivery");
    }

    [Fact]
    public async Task A_command_that_cannot_be_registered_is_told_and_the_others_are_there()
    {
        _bus.Subscribe("*.failed", _told.HandleAsync);

        await StartAsync(new Trial("good"), new Trial("good"), new Trial("Not a name"));

        (await _told.TypesAsync(2)).ShouldBe(["command.good.failed", "command.Not a name.failed"]);
        (await AskAsync("good")).ShouldBeOfType<CommandReply.Answered>();
    }

    [Fact]
    public async Task An_answer_is_cut_where_it_is_too_long()
    {
        await StartAsync(new Trial("much") { Act = (_, _) => Task.FromResult(new string('x', 100_000)) });

        var reply = (await AskAsync("much")).ShouldBeOfType<CommandReply.Answered>();

        reply.Answer.Text.Length.ShouldBe(8 << 10);
        reply.Answer.Text.ShouldEndWith("…");
    }

    [Fact]
    public async Task A_wrong_use_is_answered_with_the_right_one()
    {
        await StartAsync(new Trial("odd") { Act = (_, _) => throw new CommandUsageException("A number is wanted.") });

        var refused = (await AskAsync("odd")).ShouldBeOfType<CommandReply.Refused>();

        (refused.Refusal, refused.Message).ShouldBe((CommandRefusal.Usage, "A number is wanted. Usage: odd <number>"));
    }

    [Fact]
    public void Callers_beyond_what_is_remembered_wait_and_nothing_grows()
    {
        var cooldowns = new Cooldowns(_time);
        var cooldown = TimeSpan.FromSeconds(5);

        var refused = Enumerable.Range(0, 10_001).Count(i => cooldowns.Take(Ann with { Name = $"{i}" }, "one", cooldown) > TimeSpan.Zero);
        _time.Advance(cooldown);

        refused.ShouldBe(1);
        cooldowns.Take(Ann, "one", cooldown).ShouldBe(TimeSpan.Zero);
    }

    private async Task StartAsync(params ICommand[] commands)
    {
        var component = new CommandsComponent(new CommandRegistry(commands), () => _options, _metrics, _time, _logger);
        _host = new ComponentHost([component], _bus, time: _time);
        await _host.StartAsync(TestContext.Current.CancellationToken);
        await _host.WhenSettledAsync(TestContext.Current.CancellationToken);
    }

    private Task<CommandReply> AskAsync(string command, params string[] arguments) => AskAsync(Ann, command, arguments);

    private Task<CommandReply> AskAsync(CommandCaller caller, string command, params string[] arguments) =>
        _bus.RequestAsync<CommandReply>("commands", CommandRequest.RequestType, new CommandRequest(command, arguments, caller, _time.GetUtcNow()));

    private sealed class Trial(string name) : ICommand
    {
        public string Name => name;

        public string Summary => "Tries something.";

        public string Usage => $"{name} <number>";

        public CommandRole Role { get; init; }

        public Func<CommandCall, CancellationToken, Task<string>> Act { get; init; } = (_, _) => Task.FromResult("done");

        public async ValueTask<CommandAnswer> ExecuteAsync(CommandCall call, CancellationToken cancellationToken) => new(await Act(call, cancellationToken));
    }
}
