namespace Holdfast.Flags.Rules;

/// <summary>A variant's share of the buckets.</summary>
internal readonly record struct FlagShare(string Variant, int Buckets)
{
    public decimal Percent => Buckets * 100m / FlagBucket.Count;

    /// <summary>A percentage in steps of 0.001.</summary>
    public static int BucketsOf(decimal percent) => (int)(percent * FlagBucket.Count / 100m);
}

/// <summary>
/// Cuts the buckets into shares, one behind the other, in the order in which they stand; what is left over belongs to the default variant.
/// The first share is the one that can be raised without taking anybody away from another.
/// </summary>
internal sealed record FlagSplit(IReadOnlyList<FlagShare> Shares)
{
    public static FlagSplit Nothing { get; } = new([]);

    /// <summary>The variant of a bucket, or null for what is left over.</summary>
    public string? Find(int bucket)
    {
        var end = 0;
        foreach (var share in Shares)
        {
            end += share.Buckets;
            if (bucket < end)
            {
                return share.Variant;
            }
        }

        return null;
    }

    public int BucketsOf(string variant) => Shares.Where(share => share.Variant == variant).Sum(share => share.Buckets);
}
