namespace Holdfast.Preferences;

/// <summary>What a store does with a change, from what is there: the same for all of them.</summary>
internal static class PreferenceJudge
{
    /// <summary>The answer without a change; null: the change is to be made.</summary>
    /// <param name="write">The change.</param>
    /// <param name="now">The document as it is; null: there is none.</param>
    /// <param name="owned">How many its owner has.</param>
    /// <param name="ownerMax">How many an owner may have.</param>
    public static PreferenceResult? Answer(PreferenceWrite write, Preference? now, long owned, int ownerMax)
    {
        // First, because a commit whose answer was lost is asked for again, over a version that has gone by then.
        if (now?.Value == write.Value)
        {
            return new PreferenceResult(PreferenceVerdict.Done, now);
        }

        if (write.Seen is { } seen && !seen.Contains(now?.Version ?? 0))
        {
            return new PreferenceResult(PreferenceVerdict.Overtaken, now);
        }

        return now is null && owned >= ownerMax ? new PreferenceResult(PreferenceVerdict.TooMany, null) : null;
    }
}
