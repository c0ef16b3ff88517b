using System.Runtime.InteropServices;
using Holdfast.Monitoring;

namespace Holdfast.BuiltIn.Commands;

/// <summary><c>about</c>: which program this is, and where it runs.</summary>
internal sealed class AboutCommand(ServiceStatus status) : ICommand
{
    public string Name => "about";

    public string Summary => "Which version runs, and where.";

    public ValueTask<CommandAnswer> ExecuteAsync(CommandCall call, CancellationToken cancellationToken) => ValueTask.FromResult(new CommandAnswer(
        $"holdfast {status.Identity.Version} on {status.Identity.Node}; store {status.Database.Kind}; "
        + $"{RuntimeInformation.FrameworkDescription}, {Environment.ProcessorCount} processors, {RuntimeInformation.RuntimeIdentifier}."));
}
