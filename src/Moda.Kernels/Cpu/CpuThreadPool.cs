using System.Diagnostics;

namespace Moda.Kernels.Cpu;

/// <summary>
/// Threads that carry out parallel loops of the CPU device. The caller takes part; indexes are handed out one by one,
/// so that uneven work is balanced. A loop's result must not depend on which thread does which index.
/// </summary>
/// <remarks>
/// A device shares its pool with its queues. Loops of several callers run one after another, in the order of the calls, each on all threads.
///
/// A loop ends when its last index does; it never waits for a thread that took none. So a worker that the operating system
/// has not woken yet, or that another process keeps from its core, delays nothing.
/// </remarks>
internal sealed unsafe class CpuThreadPool : IDisposable
{
    /// <summary>How long a thread looks for the next loop before it sleeps: longer than the gaps between the ops of a forward.</summary>
    private static readonly long SpinTicks = Stopwatch.Frequency / 10_000;

    private readonly Thread[] threads;
    private readonly CpuMemory?[] scratch;
    private readonly SemaphoreSlim wake;
    private readonly TurnQueue turns = new();
    private delegate*<void*, int, byte*, void> invoke;
    private void* kernel;
    private int count;
    private Exception? failure;
    private int sleeping;
    private int holders = 1;
    private volatile bool stopping;

    /// <summary>Whether this thread is inside a kernel; a loop that it started there would wait for itself.</summary>
    [ThreadStatic]
    private static bool takesIndexes;

    /// <summary>
    /// The loop's number in the upper half, its indexes that nobody has taken yet in the lower. A thread that took an index keeps the
    /// loop alive until it is done, so the fields above belong to that loop for as long as it looks at them.
    /// </summary>
    private long untaken;

    /// <summary>Indexes that are not done yet.</summary>
    private int unfinished;

    public CpuThreadPool(int threadCount)
    {
        ThreadCount = threadCount;
        scratch = new CpuMemory?[threadCount];
        wake = new SemaphoreSlim(0);
        threads = new Thread[threadCount - 1];
        for (int i = 0; i < threads.Length; i++)
        {
            int slot = i + 1;
            threads[i] = new Thread(() => Work(slot)) { IsBackground = true, Name = $"moda-cpu-{slot}" };
            threads[i].Start();
        }
    }

    /// <summary>Threads that take part in a loop, the caller among them.</summary>
    public int ThreadCount { get; }

    /// <summary>Calls the kernel for every index from 0 to count - 1 and returns when all are done.</summary>
    public void For<TKernel>(int indexCount, in TKernel body)
        where TKernel : unmanaged, IParallelKernel
    {
        fixed (TKernel* pointer = &body)
        {
            Run(indexCount, pointer, &Invoke<TKernel>, 0);
        }
    }

    /// <summary>The same for a kernel that needs scratch memory. The memory is kept for the loops to come.</summary>
    public void ForWithScratch<TKernel>(int indexCount, in TKernel body)
        where TKernel : unmanaged, IScratchKernel
    {
        fixed (TKernel* pointer = &body)
        {
            Run(indexCount, pointer, &InvokeWithScratch<TKernel>, body.ScratchBytes);
        }
    }

    /// <summary>Keeps the threads for another holder, who disposes the pool too.</summary>
    /// <exception cref="ObjectDisposedException">The last holder disposed it.</exception>
    public CpuThreadPool Share()
    {
        int seen = Volatile.Read(ref holders);
        while (seen > 0)
        {
            int found = Interlocked.CompareExchange(ref holders, seen + 1, seen);
            if (found == seen)
            {
                return this;
            }

            seen = found;
        }

        throw new ObjectDisposedException(nameof(CpuThreadPool));
    }

    /// <summary>Called once by each holder; the last call ends the threads.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref holders) != 0)
        {
            return;
        }

        stopping = true;
        wake.Release(threads.Length + 1);
        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        wake.Dispose();
        foreach (CpuMemory? block in scratch)
        {
            block?.Dispose();
        }
    }

    private static void Invoke<TKernel>(void* kernel, int index, byte* scratch)
        where TKernel : unmanaged, IParallelKernel => ((TKernel*)kernel)->Invoke(index);

    private static void InvokeWithScratch<TKernel>(void* kernel, int index, byte* scratch)
        where TKernel : unmanaged, IScratchKernel => ((TKernel*)kernel)->Invoke(index, scratch);

    private void Run(int indexCount, void* body, delegate*<void*, int, byte*, void> function, long scratchBytes)
    {
        if (takesIndexes)
        {
            throw new InvalidOperationException("A kernel of the CPU device started a parallel loop; loops can't be nested.");
        }

        turns.Enter();
        try
        {
            ProvideScratch(scratchBytes);
            invoke = function;
            kernel = body;
            count = indexCount;
            failure = null;
            unfinished = indexCount;
            long loop = (untaken >> 32) + 1;
            Interlocked.Exchange(ref untaken, (loop << 32) | (uint)indexCount);
            if (indexCount > 1 && Volatile.Read(ref sleeping) is > 0 and int asleep)
            {
                wake.Release(Math.Min(asleep, indexCount - 1));
            }

            TakeIndexes(0);
            SpinWait spinner = default;
            while (Volatile.Read(ref unfinished) > 0)
            {
                spinner.SpinOnce(sleep1Threshold: -1);
            }

            if (failure is { } exception)
            {
                throw new InvalidOperationException("A kernel of the CPU device failed.", exception);
            }
        }
        finally
        {
            turns.Leave();
        }
    }

    private void ProvideScratch(long bytes)
    {
        for (int slot = 0; slot < scratch.Length; slot++)
        {
            if (bytes > (scratch[slot]?.ByteLength ?? 0))
            {
                scratch[slot]?.Dispose();
                scratch[slot] = new CpuMemory(bytes);
            }
        }
    }

    private void TakeIndexes(int slot)
    {
        while (true)
        {
            long seen = Volatile.Read(ref untaken);
            int left = (int)seen;
            if (left == 0)
            {
                return;
            }

            if (Interlocked.CompareExchange(ref untaken, seen - 1, seen) != seen)
            {
                continue;
            }

            takesIndexes = true;
            try
            {
                if (failure is null)
                {
                    invoke(kernel, count - left, scratch[slot] is { } memory ? (byte*)memory.Pointer : null);
                }
            }
            catch (Exception exception)
            {
                // The loop must end on every thread before its caller's stack frame, which holds the kernel, goes away.
                failure = exception;
            }

            takesIndexes = false;
            Interlocked.Decrement(ref unfinished);
        }
    }

    private void Work(int slot)
    {
        while (!stopping)
        {
            TakeIndexes(slot);
            WaitForWork();
        }
    }

    private void WaitForWork()
    {
        long deadline = Stopwatch.GetTimestamp() + SpinTicks;
        while (Stopwatch.GetTimestamp() < deadline)
        {
            if ((int)Volatile.Read(ref untaken) != 0 || stopping)
            {
                return;
            }

            Thread.SpinWait(4);
        }

        Interlocked.Increment(ref sleeping);
        if ((int)Volatile.Read(ref untaken) == 0 && !stopping)
        {
            wake.Wait();
        }

        Interlocked.Decrement(ref sleeping);
    }
}
