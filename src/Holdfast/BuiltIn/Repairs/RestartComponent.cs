using Holdfast.BuiltIn.Checks;
using Holdfast.Health;

namespace Holdfast.BuiltIn.Repairs;

/// <summary>Starts components again that are stuck. One that has failed is started again by its host, and is left to it.</summary>
/// <param name="watch">Knows which ones.</param>
/// <param name="restart">By name, and why; false: it cannot be.</param>
internal sealed class RestartComponent(ComponentWatch watch, Func<string, string, bool> restart) : IRecoveryAction
{
    public string Name => "restart_component";

    public ValueTask<RecoveryResult> ExecuteAsync(RecoveryCall call, CancellationToken cancellationToken)
    {
        var restarted = watch.Look().Where(one => restart(one.Name, $"It was stuck: it {one.Why}.")).Select(one => $"'{one.Name}'").ToArray();
        return ValueTask.FromResult(restarted.Length == 0 ? new RecoveryResult("No component is stuck.", Acted: false) : new RecoveryResult($"{string.Join(", ", restarted)} started again."));
    }
}
