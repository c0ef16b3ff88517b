using System.Diagnostics;

namespace Holdfast.Server.Tests.Support;

/// <summary>Other people's programs that judge ours.</summary>
internal static class Programs
{
    /// <summary>Runs a program to its end with a text as its input; returns its exit code and everything it said.</summary>
    public static async Task<(int ExitCode, string Said)> RunAsync(string program, string arguments, string input)
    {
        Assert.True(File.Exists($"/usr/bin/{program}"), $"{program} is missing. As root: apt-get update && apt-get install -y prometheus");
        using var process = Process.Start(new ProcessStartInfo($"/usr/bin/{program}", arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(Deadline.Token()), process.StandardError.ReadToEndAsync(Deadline.Token()));
        await process.WaitForExitAsync(Deadline.Token());
        return (process.ExitCode, string.Concat(said));
    }
}
