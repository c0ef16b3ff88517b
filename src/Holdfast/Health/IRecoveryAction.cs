namespace Holdfast.Health;

/// <summary>
/// Something that a recovery rule can do, called by its name. It must bear to be called when there is nothing to do, and again: a rule acts on
/// what it was told, which may be over by then.
/// </summary>
public interface IRecoveryAction
{
    /// <summary>As rules name it: <c>drop_cache</c>. Unique.</summary>
    string Name { get; }

    /// <summary>Does it. What throws has failed, and the rest of the rule is not done.</summary>
    /// <param name="call">Why.</param>
    /// <param name="cancellationToken">Cancelled after 30 seconds, or when the server stops.</param>
    /// <returns>What was done, or that there was nothing to do.</returns>
    ValueTask<RecoveryResult> ExecuteAsync(RecoveryCall call, CancellationToken cancellationToken);
}

/// <summary>What a recovery action has done.</summary>
/// <param name="Detail">In a sentence for the timeline; what is longer than 500 characters is cut off.</param>
/// <param name="Acted">False: it found nothing to do, so whatever becomes better is not its merit.</param>
public sealed record RecoveryResult(string Detail, bool Acted = true)
{
    /// <summary>
    /// Asked while its check is better: whether something has shown since that it helped. True: that is so; false: what would show it is tried, and has not come
    /// about; null: nothing is tried. Without this the check alone says it.
    /// </summary>
    internal Func<bool?>? Helped { get; init; }
}

/// <summary>Why a recovery action is called.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Check">The check that it watches; <c>*</c>: the whole.</param>
/// <param name="State"><c>warn</c> or <c>fail</c>; of a rule that is run by hand as it is then.</param>
/// <param name="Detail">What the check says is wrong; null: nothing.</param>
public sealed record RecoveryCall(string Rule, string Check, string State, string? Detail);
