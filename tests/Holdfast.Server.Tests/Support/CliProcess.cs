using System.Diagnostics;
using System.Globalization;

namespace Holdfast.Server.Tests.Support;

/// <summary>What a run of the command line tool came to.</summary>
internal sealed record CliRun(int ExitCode, string Output, string Error);

/// <summary>The tool as it ships, in a process of its own.</summary>
internal static class CliProcess
{
    public static Task<CliRun> RunAsync(Uri server, params IEnumerable<string> arguments) => RunAsync(server, input: "", new Dictionary<string, string>(), arguments);

    /// <summary>As a person at a terminal has it: <c>script</c> makes one. Output and errors are read from files, because a terminal mixes them.</summary>
    public static async Task<CliRun> AtTerminalAsync(Uri server, IReadOnlyDictionary<string, string> environment, params IEnumerable<string> arguments)
    {
        using var directory = new DataDirectory();
        Directory.CreateDirectory(directory.Path);
        var (output, error) = (Path.Combine(directory.Path, "output"), Path.Combine(directory.Path, "error"));
        using var process = StartAtTerminal(server, environment, arguments, $" > {Quoted(output)} 2> {Quoted(error)}");
        await process.StandardOutput.ReadToEndAsync(Deadline.Token());
        await process.WaitForExitAsync(Deadline.Token());
        return new CliRun(process.ExitCode, await File.ReadAllTextAsync(output), await File.ReadAllTextAsync(error));
    }

    /// <summary>Types something when the tool has asked; returns its exit code.</summary>
    public static async Task<int> AnswerAtTerminalAsync(Uri server, string asked, string typed, params IEnumerable<string> arguments)
    {
        using var process = StartAtTerminal(server, new Dictionary<string, string>(), arguments, redirection: "");
        var said = "";
        var buffer = new char[1024];
        while (!said.Contains(asked, StringComparison.Ordinal))
        {
            var length = await process.StandardOutput.ReadAsync(buffer, Deadline.Token());
            length.ShouldBeGreaterThan(0, $"It has ended without asking: {said}");
            said += new string(buffer, 0, length);
        }

        await process.StandardInput.WriteAsync(typed);
        await process.StandardInput.FlushAsync();
        await process.StandardOutput.ReadToEndAsync(Deadline.Token());
        await process.WaitForExitAsync(Deadline.Token());
        return process.ExitCode;
    }

    /// <param name="server">Named by HOLDFAST_URL, as a person would have it.</param>
    /// <param name="input">What is piped in.</param>
    public static async Task<CliRun> RunAsync(Uri? server, string input, IReadOnlyDictionary<string, string> environment, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Holdfast.Cli.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        SetEnvironment(start, server, environment);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet could not be started.");
        var output = process.StandardOutput.ReadToEndAsync(Deadline.Token());
        var error = process.StandardError.ReadToEndAsync(Deadline.Token());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(Deadline.Token());
        return new CliRun(process.ExitCode, await output, await error);
    }

    /// <summary>With the first line of the output read, and nobody who reads the rest: <c>| head -n 1</c>. The exit code is the tool's.</summary>
    public static async Task<CliRun> FirstLineAsync(Uri server, params IEnumerable<string> arguments)
    {
        string[] words = ["dotnet", Path.Combine(AppContext.BaseDirectory, "Holdfast.Cli.dll"), .. arguments];
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"{{ {string.Join(' ', words.Select(Quoted))}; echo \"exit $?\" >&2; }} | head -n 1"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        SetEnvironment(start, server, new Dictionary<string, string>());
        using var process = Process.Start(start) ?? throw new InvalidOperationException("sh could not be started.");
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Deadline.Token()), process.StandardError.ReadToEndAsync(Deadline.Token()));
        try
        {
            await process.WaitForExitAsync(Deadline.Token());
        }
        finally
        {
            process.Kill(entireProcessTree: true); // nothing, where all is well
        }

        var said = (await error).Split("exit ");
        return new CliRun(int.Parse(said[^1], CultureInfo.InvariantCulture), await output, said[0]);
    }

    private static Process StartAtTerminal(Uri server, IReadOnlyDictionary<string, string> environment, IEnumerable<string> arguments, string redirection)
    {
        string[] words = ["dotnet", Path.Combine(AppContext.BaseDirectory, "Holdfast.Cli.dll"), .. arguments];
        var command = $"exec {string.Join(' ', words.Select(Quoted))}{redirection}";
        var start = new ProcessStartInfo("/usr/bin/script", ["--quiet", "--return", "--command", command, "/dev/null"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        SetEnvironment(start, server, environment);
        start.Environment["SHELL"] = "/bin/sh";
        return Process.Start(start) ?? throw new InvalidOperationException("script could not be started.");
    }

    private static void SetEnvironment(ProcessStartInfo start, Uri? server, IReadOnlyDictionary<string, string> environment)
    {
        start.Environment["HOLDFAST_URL"] = server?.ToString() ?? "";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
    }

    private static string Quoted(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
