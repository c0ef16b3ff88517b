using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Faults.Support;
using Holdfast.Server.Tests.Support;

namespace Holdfast.Server.Tests.Docs;

/// <summary>The commands of docs/learning/first-hour.md do, against the server as it ships, what the page says.</summary>
public sealed partial class FirstHourTests : IDisposable
{
    private readonly DataDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Each_command_does_what_the_page_says()
    {
        var commands = Commands().Matches(await File.ReadAllTextAsync(Page())).Select(block => block.Groups["command"].Value).ToList();
        commands.Count.ShouldBe(5);
        await using var server = await ServerProcess.StartAsync(_directory.File("data"), cancellationToken: Deadline.Token(TimeSpan.FromMinutes(1)));
        using var http = new HttpClient { BaseAddress = server.Address };

        (await ShellAsync(commands[0], server)).ShouldContain("\"accepted\":1");
        await Deadline.EventuallyAsync(() => ShellAsync(commands[1], server), said => said.Contains("hello.world", StringComparison.Ordinal));
        await ShellAsync(commands[2], server);
        await Deadline.EventuallyAsync(() => PostBadAsync(http), status => status == 422);
        await ShellAsync(commands[3], server);
        await server.WhenSaysAsync("flags.override.json", Deadline.Token());
        (await PostBadAsync(http)).ShouldBe(422);
        await ShellAsync(commands[4], server);
        await Deadline.EventuallyAsync(() => PostBadAsync(http), status => status != 422);
    }

    private static async Task<int> PostBadAsync(HttpClient http)
    {
        using var body = new StringContent("""[{"event_type":"good","data":{}},{"event_type":"","data":{}}]""", Encoding.UTF8, "application/json");
        return (int)(await http.PostAsync("api/events", body, Deadline.Token())).StatusCode;
    }

    private async Task<string> ShellAsync(string command, ServerProcess server)
    {
        var here = command.Replace("http://127.0.0.1:8080", server.Address.AbsoluteUri.TrimEnd('/'), StringComparison.Ordinal);
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-e", "-c", here])
        {
            UseShellExecute = false,
            WorkingDirectory = _directory.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var said = await Task.WhenAll(shell.StandardOutput.ReadToEndAsync(Deadline.Token()), shell.StandardError.ReadToEndAsync(Deadline.Token()));
        await shell.WaitForExitAsync(Deadline.Token());
        shell.ExitCode.ShouldBe(0, $"{here}\n{said[0]}{said[1]}");
        return said[0].Replace(" ", "", StringComparison.Ordinal);
    }

    private static string Page([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/learning/first-hour.md"));

    [GeneratedRegex(@"^```sh\n(?<command>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Commands();
}
