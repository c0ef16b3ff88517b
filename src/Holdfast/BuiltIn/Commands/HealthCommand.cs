using Holdfast.Health;
using Holdfast.Monitoring;

namespace Holdfast.BuiltIn.Commands;

/// <summary><c>health</c>: how the server does, and what is wrong, in the words of the status and of the checks.</summary>
/// <param name="health">Null until there is any.</param>
internal sealed class HealthCommand(ServiceStatus status, Func<HealthSnapshot?> health) : ICommand
{
    public string Name => "health";

    public string Summary => "What is wrong with the server.";

    public ValueTask<CommandAnswer> ExecuteAsync(CommandCall call, CancellationToken cancellationToken)
    {
        var whole = health();
        var wrong = whole?.Checks.Where(check => check.State is HealthState.Warn or HealthState.Fail).Select(check => $"{check.Plan.Name} ({HealthStates.NameOf(check.State)})").ToArray() ?? [];
        string[] checks = wrong.Length == 0 ? [] : [$"Health {HealthStates.NameOf(whole!.State)}, score {whole.Score}: {string.Join(", ", wrong)}."];
        string[] lines = [.. checks, .. status.Problems()];
        return ValueTask.FromResult(new CommandAnswer(lines.Length == 0 ? "All is well." : string.Join('\n', lines)));
    }
}
