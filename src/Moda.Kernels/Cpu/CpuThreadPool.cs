namespace Moda.Kernels.Cpu;

/// <summary>
/// Threads that carry out parallel loops of the CPU device. The caller takes part; indexes are handed out one by one,
/// so that uneven work is balanced. A loop's result must not depend on which thread does which index.
/// </summary>
internal sealed unsafe class CpuThreadPool : IDisposable
{
    /// <summary>How often a waiting thread looks again before it sleeps: about 20 microseconds.</summary>
    private const int SpinCount = 2_000;

    private readonly Thread[] threads;
    private readonly SemaphoreSlim wake;
    private readonly Lock loopLock = new();
    private delegate*<void*, int, void> invoke;
    private void* kernel;
    private int count;
    private int next;
    private int running;
    private int generation;
    private int sleeping;
    private Exception? failure;
    private volatile bool stopping;

    public CpuThreadPool(int threadCount)
    {
        ThreadCount = threadCount;
        wake = new SemaphoreSlim(0);
        threads = new Thread[threadCount - 1];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(Work) { IsBackground = true, Name = $"moda-cpu-{i + 1}" };
            threads[i].Start();
        }
    }

    /// <summary>Threads that take part in a loop, the caller among them.</summary>
    public int ThreadCount { get; }

    /// <summary>Calls the kernel for every index from 0 to count - 1 and returns when all are done.</summary>
    public void For<TKernel>(int indexCount, in TKernel body)
        where TKernel : unmanaged, IParallelKernel
    {
        if (indexCount == 1 || threads.Length == 0)
        {
            for (int index = 0; index < indexCount; index++)
            {
                body.Invoke(index);
            }

            return;
        }

        lock (loopLock)
        {
            fixed (TKernel* pointer = &body)
            {
                invoke = &InvokeKernel<TKernel>;
                kernel = pointer;
                count = indexCount;
                failure = null;
                Volatile.Write(ref running, threads.Length);
                Volatile.Write(ref next, 0);
                Interlocked.Increment(ref generation);
                int asleep = Volatile.Read(ref sleeping);
                if (asleep > 0)
                {
                    wake.Release(asleep);
                }

                TakeIndexes();
                SpinWait spinner = default;
                while (Volatile.Read(ref running) > 0)
                {
                    spinner.SpinOnce(sleep1Threshold: -1);
                }
            }

            if (failure is { } exception)
            {
                throw new InvalidOperationException("A kernel of the CPU device failed.", exception);
            }
        }
    }

    public void Dispose()
    {
        stopping = true;
        Interlocked.Increment(ref generation);
        if (threads.Length > 0)
        {
            wake.Release(threads.Length);
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        wake.Dispose();
    }

    private static void InvokeKernel<TKernel>(void* kernel, int index)
        where TKernel : unmanaged, IParallelKernel => ((TKernel*)kernel)->Invoke(index);

    private void TakeIndexes()
    {
        try
        {
            for (int index = Interlocked.Increment(ref next) - 1; index < count; index = Interlocked.Increment(ref next) - 1)
            {
                invoke(kernel, index);
            }
        }
        catch (Exception exception)
        {
            // The loop must end on every thread before its caller's stack frame, which holds the kernel, goes away.
            Volatile.Write(ref next, count);
            failure = exception;
        }
    }

    private void Work()
    {
        int seen = 0;
        while (true)
        {
            WaitForWork(seen);
            if (stopping)
            {
                return;
            }

            seen = Volatile.Read(ref generation);
            TakeIndexes();
            Interlocked.Decrement(ref running);
        }
    }

    private void WaitForWork(int seen)
    {
        for (int i = 0; i < SpinCount; i++)
        {
            if (Volatile.Read(ref generation) != seen)
            {
                return;
            }

            Thread.SpinWait(8);
        }

        Interlocked.Increment(ref sleeping);
        while (Volatile.Read(ref generation) == seen)
        {
            wake.Wait();
        }

        Interlocked.Decrement(ref sleeping);
    }
}
