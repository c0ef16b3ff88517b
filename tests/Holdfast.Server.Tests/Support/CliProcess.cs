using System.Diagnostics;

namespace Holdfast.Server.Tests.Support;

/// <summary>What a run of the command line tool came to.</summary>
internal sealed record CliRun(int ExitCode, string Output, string Error);

/// <summary>The tool as it ships, in a process of its own.</summary>
internal static class CliProcess
{
    public static Task<CliRun> RunAsync(Uri server, params IEnumerable<string> arguments) => RunAsync(server, input: "", new Dictionary<string, string>(), arguments);

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
        start.Environment["HOLDFAST_URL"] = server?.ToString() ?? "";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet could not be started.");
        var output = process.StandardOutput.ReadToEndAsync(Deadline.Token());
        var error = process.StandardError.ReadToEndAsync(Deadline.Token());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(Deadline.Token());
        return new CliRun(process.ExitCode, await output, await error);
    }
}
