using System.Runtime.ExceptionServices;

namespace Moda.Kernels.Parameters;

/// <summary>A loop over independent indexes on threads of .NET's pool. An exception of the body reaches the caller as it was thrown.</summary>
internal static class ParallelLoop
{
    /// <summary>Calls the body for every index from 0 to count - 1 and returns when all are done.</summary>
    /// <param name="count">The number of indexes.</param>
    /// <param name="threads">The most threads that take part; the caller is one of them.</param>
    /// <param name="body">The work of one index. When it throws, the remaining indexes may be skipped and one of the exceptions is thrown.</param>
    public static void For(int count, int threads, Action<int> body)
    {
        if (threads == 1 || count == 1)
        {
            for (int index = 0; index < count; index++)
            {
                body(index);
            }

            return;
        }

        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, body);
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.Flatten().InnerExceptions[0]);
        }
    }
}
