using System.Text.Json;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Cli;

/// <summary><c>holdfast dlq edit</c> at a terminal, with scripts in the place of a person's editor.</summary>
public sealed class EditorTests : IClassFixture<SharedServer>, IDisposable
{
    private readonly TestServer _server;
    private readonly DataDirectory _home = new();

    public EditorTests(SharedServer shared)
    {
        _server = shared.Server;
        Directory.CreateDirectory(_home.Path);
    }

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task What_is_written_is_sent_and_the_file_is_gone()
    {
        var id = await DeadLetterAsync("editor.changed");

        var run = await EditAsync(id, """sed -i 's/"till": 3/"till": 9007199254740993/' "$1" """, "--reason", "a broken till");

        run.ExitCode.ShouldBe(0, run.Error);
        run.Output.ShouldContain($"Dead letter {id} is edited.");
        var letter = await LetterAsync(id);
        letter.GetProperty("version").GetInt32().ShouldBe(2);
        letter.GetProperty("original_payload").GetProperty("data").GetRawText().ShouldBe("""{"till":9007199254740993}""");
        Drafts().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("true")]
    [InlineData("printf '\\n\\n' >> \"$1\"")]
    [InlineData(": > \"$1\"")]
    public async Task What_is_left_as_it_was_or_emptied_is_not_sent(string script)
    {
        var id = await DeadLetterAsync("editor.unchanged");

        var run = await EditAsync(id, script);

        run.ExitCode.ShouldBe(0, run.Error);
        run.Error.ShouldContain("Nothing was changed.");
        await ShouldBeUntouchedAsync(id);
        Drafts().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"event_type": "half""", 64, "not JSON")]
    [InlineData("[7]", 64, "must be a JSON object")]
    [InlineData("""{"event_type":"","data":{}}""", 2, "event_type")]
    public async Task What_cannot_be_taken_is_said_and_what_was_written_is_kept(string written, int exitCode, string said)
    {
        var id = await DeadLetterAsync("editor.faulty");

        var run = await EditAsync(id, $"printf '%s' '{written}' > \"$1\"");

        run.ExitCode.ShouldBe(exitCode, run.Error);
        run.Error.ShouldContain(said);
        await ShouldBeUntouchedAsync(id);
        var draft = Drafts().ShouldHaveSingleItem();
        (await File.ReadAllTextAsync(draft)).ShouldBe(written);
        run.Error.ShouldContain($"holdfast dlq edit {id} --file {draft} --replace --if-version 1");
    }

    [Fact]
    public async Task What_is_kept_is_sent_as_the_message_says_once_it_is_mended()
    {
        var id = await DeadLetterAsync("editor.mended");
        await EditAsync(id, """printf '{"event_type": "editor.mended", "data": {}' > "$1" """);
        var draft = Drafts().ShouldHaveSingleItem();
        await File.AppendAllTextAsync(draft, "}");

        var run = await CliProcess.RunAsync(_server.Address, "dlq", "edit", id, "--file", draft, "--replace", "--if-version", "1", "--replay");

        (run.ExitCode, run.Output.Trim()).ShouldBe((0, $"{id}: recovered."));
    }

    [Fact]
    public async Task An_editor_that_gives_up_sends_nothing_and_what_it_wrote_is_kept()
    {
        var id = await DeadLetterAsync("editor.gave.up");

        var run = await EditAsync(id, """printf '{}' > "$1"; exit 7""");
        var unchanged = await EditAsync(id, "exit 1");

        (run.ExitCode, unchanged.ExitCode).ShouldBe((3, 3));
        run.Error.ShouldContain("exit code 7");
        unchanged.Error.ShouldNotContain("kept");
        await ShouldBeUntouchedAsync(id);
        Drafts().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_editor_that_is_not_there_is_said()
    {
        var id = await DeadLetterAsync("editor.missing");

        var run = await AtTerminalAsync(id, new() { ["EDITOR"] = "/nowhere/vi" });

        (run.ExitCode, run.Error).ShouldSatisfyAllConditions(both => both.ExitCode.ShouldBe(3), both => both.Error.ShouldContain("/nowhere/vi"));
    }

    [Fact]
    public async Task An_editor_may_be_named_with_its_arguments_and_in_a_path_with_spaces()
    {
        var id = await DeadLetterAsync("editor.arguments");
        var editor = Script("my editor", """[ "$1 $2" = "--wait now" ] && sed -i 's/"shop"/"with arguments"/' "$3" """) + " --wait now";

        var run = await AtTerminalAsync(id, new() { ["EDITOR"] = editor });

        run.ExitCode.ShouldBe(0, run.Error);
        (await LetterAsync(id)).GetProperty("original_payload").GetProperty("source").GetString().ShouldBe("with arguments");
    }

    [Fact]
    public async Task The_visual_editor_comes_before_the_other()
    {
        var id = await DeadLetterAsync("editor.visual");

        var run = await AtTerminalAsync(id, new() { ["VISUAL"] = Script("visual", """sed -i 's/"shop"/"visual"/' "$1" """), ["EDITOR"] = "false" });

        run.ExitCode.ShouldBe(0, run.Error);
        (await LetterAsync(id)).GetProperty("original_payload").GetProperty("source").GetString().ShouldBe("visual");
    }

    [Fact]
    public async Task Whoever_was_overtaken_while_writing_is_told_and_loses_nothing()
    {
        var id = await DeadLetterAsync("editor.overtaken");
        var other = $$$"""curl --silent --request PATCH --data '{"original_payload":{"source":"somebody else"}}' {{{_server.Address}}}api/dead-letters/{{{id}}} > /dev/null""";

        var run = await EditAsync(id, $"""{other}; sed -i 's/"shop"/"me"/' "$1" """);

        run.ExitCode.ShouldBe(2, run.Error);
        run.Error.ShouldContain("Somebody else has edited");
        run.Error.ShouldContain("version 2");
        (await LetterAsync(id)).GetProperty("original_payload").GetProperty("source").GetString().ShouldBe("somebody else");
        (await File.ReadAllTextAsync(Drafts().ShouldHaveSingleItem())).ShouldContain("\"me\"");
    }

    [Fact]
    public async Task The_file_is_for_its_owner_alone()
    {
        var id = await DeadLetterAsync("editor.private");

        await EditAsync(id, $"""stat -c %a "$(dirname "$1")" > '{_home.Path}/mode'""");

        (await File.ReadAllTextAsync(Path.Combine(_home.Path, "mode"))).Trim().ShouldBe("700");
    }

    [Fact]
    public async Task Ctrl_c_in_the_editor_is_the_editors_affair()
    {
        var id = await DeadLetterAsync("editor.interrupted");

        // An editor has the terminal together with its caller, so both get the signal. The second is for a caller that would be gone by then.
        var run = await EditAsync(id, """trap '' INT; kill -INT 0; sleep 1; sed -i 's/"shop"/"still here"/' "$1" """);

        run.ExitCode.ShouldBe(0, run.Error);
        (await LetterAsync(id)).GetProperty("original_payload").GetProperty("source").GetString().ShouldBe("still here");
    }

    private Task<CliRun> EditAsync(string id, string script, params IEnumerable<string> arguments) =>
        AtTerminalAsync(id, new() { ["EDITOR"] = Script("editor", script) }, arguments);

    private Task<CliRun> AtTerminalAsync(string id, Dictionary<string, string> environment, params IEnumerable<string> arguments)
    {
        environment["TMPDIR"] = _home.Path;
        environment.TryAdd("VISUAL", "");
        return CliProcess.AtTerminalAsync(_server.Address, environment, ["dlq", "edit", id, .. arguments]);
    }

    private string Script(string name, string body)
    {
        var path = Path.Combine(_home.Path, name);
        File.WriteAllText(path, body);
        return $"sh '{path}'";
    }

    private string[] Drafts() => Directory.GetFiles(_home.Path, "dead-letter-*.json", SearchOption.AllDirectories);

    private async Task ShouldBeUntouchedAsync(string id) => (await LetterAsync(id)).GetProperty("version").GetInt32().ShouldBe(1);

    private async Task<JsonElement> LetterAsync(string id) => (await _server.GetAsync($"/api/dead-letters/{id}")).Json;

    private async Task<string> DeadLetterAsync(string type)
    {
        var unique = $"{type}.{Guid.NewGuid():N}"[..40];
        await _server.PostAsync($$$"""{"event_type":"{{{unique}}}\u0000","source":"shop","data":{"till":3}}""");
        var answer = await Deadline.EventuallyAsync(
            () => _server.GetAsync($"/api/dead-letters?text={unique}"), found => found.Status == 200 && found.Json.GetProperty("items").GetArrayLength() == 1);
        return answer.Json.GetProperty("items")[0].GetProperty("id").ToString();
    }
}
