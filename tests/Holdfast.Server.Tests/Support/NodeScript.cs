using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Holdfast.Server.Tests.Support;

/// <summary>A script of the folders beside this project, in Node, with the packages that are installed there.</summary>
internal sealed class NodeScript : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _node;
    private readonly Task<string> _errors;

    private NodeScript(Process node)
    {
        _node = node;
        _errors = node.StandardError.ReadToEndAsync(Deadline.Token(Patience));
    }

    /// <param name="file">Below <c>tests</c>.</param>
    /// <param name="required">The variable that says that its packages must be there; without it the test is skipped where they are not.</param>
    public static NodeScript Start(string file, string required, params IEnumerable<string> arguments)
    {
        var path = Path.GetFullPath(Path.Combine(Here(), "../..", file));
        var folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            var missing = $"What {file} needs is missing: npm ci --prefix tests/{Path.GetFileName(folder)}";
#pragma warning disable RS0030 // A switch of the test scripts, no setting of the product.
            Assert.False(Environment.GetEnvironmentVariable(required) == "1", missing);
#pragma warning restore RS0030
            Assert.Skip(missing);
        }

        return new NodeScript(Process.Start(new ProcessStartInfo("node", [path, .. arguments])
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);
    }

    /// <summary>The next line that it says.</summary>
    public async Task<string> SaysAsync() =>
        await _node.StandardOutput.ReadLineAsync(Deadline.Token(Patience)) ?? throw new InvalidOperationException($"The script ended: {await _errors}");

    /// <summary>Waits for its end and returns what it said since.</summary>
    public async Task<string> EndAsync()
    {
        var said = await _node.StandardOutput.ReadToEndAsync(Deadline.Token(Patience));
        await _node.WaitForExitAsync(Deadline.Token());
        _node.ExitCode.ShouldBe(0, await _errors);
        return said;
    }

    public void Dispose()
    {
        if (!_node.HasExited)
        {
            _node.Kill();
        }

        _node.Dispose();
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
