namespace Holdfast.Events;

/// <summary>When several subscribers have nothing to do, all at one instant.</summary>
internal static class Quiet
{
    /// <summary>
    /// Who was idle when it was looked at may have been given something by one that was looked at later. So all have to be idle in one look,
    /// and nothing may have come since the look before: then there was an instant at which all were idle at once.
    /// </summary>
    public static async Task WhenAsync(Func<IEnumerable<Subscription>> subscriptions, CancellationToken cancellationToken)
    {
        long? before = null;
        while (true)
        {
            var all = subscriptions().ToList();
            if (all.Find(one => !one.Mailbox.IsIdle) is { } busy)
            {
                await busy.Mailbox.WhenIdleAsync(cancellationToken);
                before = null;
                continue;
            }

            var accepted = all.Sum(one => one.Mailbox.Accepted);
            if (accepted == before)
            {
                return;
            }

            before = accepted;
        }
    }
}
