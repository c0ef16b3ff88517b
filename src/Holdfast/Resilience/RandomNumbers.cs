namespace Holdfast.Resilience;

/// <summary>Chance for jitter: nothing here has to be unguessable or repeatable.</summary>
internal static class RandomNumbers
{
    public static Func<double> Create()
    {
        var random = new Random();
        return () =>
        {
            lock (random)
            {
                return random.NextDouble();
            }
        };
    }
}
