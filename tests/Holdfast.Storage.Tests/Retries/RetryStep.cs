using FsCheck;
using FsCheck.Fluent;

namespace Holdfast.Storage.Tests.Retries;

/// <summary>One operation on the queue, with two numbers that decide its details.</summary>
public sealed record RetryStep(string Operation, int A, int B)
{
    internal static Gen<RetryStep> Any { get; } =
        from operation in Gen.Frequency(
            (6, Gen.Constant("enqueue")), (2, Gen.Constant("worker")), (14, Gen.Constant("claim")), (12, Gen.Constant("ack")), (3, Gen.Constant("ack_all")),
            (2, Gen.Constant("renew")), (6, Gen.Constant("advance")), (5, Gen.Constant("rescue")), (1, Gen.Constant("leave")), (4, Gen.Constant("requeue")),
            (2, Gen.Constant("cancel")), (2, Gen.Constant("dead_letter")), (2, Gen.Constant("edit")))
        from a in Gen.Choose(0, 999)
        from b in Gen.Choose(0, 999)
        select new RetryStep(operation, a, b);
}
