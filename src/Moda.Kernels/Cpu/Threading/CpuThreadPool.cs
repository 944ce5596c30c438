using System.Diagnostics;
using Moda.Kernels.Cpu.Memory;

namespace Moda.Kernels.Cpu.Threading;

/// <summary>
/// The threads that run the parallel loops of the CPU device. The caller takes part. Threads take one index at a time, which balances
/// uneven work. A loop's result must not depend on which thread runs which index.
/// </summary>
/// <remarks>
/// A device shares its pool with its queues. Loops of several callers run one after another, in the order of the calls, each on all threads.
///
/// A loop ends with its last index. It never waits for a thread that took no index, so a worker that is not yet awake, or that has no
/// core at the moment, delays nothing.
/// </remarks>
internal sealed unsafe class CpuThreadPool : IDisposable
{
    /// <summary>How long a thread spins for the next loop before it sleeps: 0.1 ms, longer than the gaps between the ops of a forward.</summary>
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

    /// <summary>Whether this thread runs a kernel. A loop that a kernel started would wait for itself.</summary>
    [ThreadStatic]
    private static bool TakesIndexes;

    /// <summary>
    /// The number of the loop in the upper half, the count of its untaken indexes in the lower half. A loop can't end while a thread
    /// works on an index of it, so the fields above belong to that loop for as long as the thread reads them.
    /// </summary>
    private long untaken;

    /// <summary>Indexes that have not ended yet.</summary>
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

    /// <summary>Calls the kernel for every index from 0 to count - 1 and returns when all have ended.</summary>
    public void For<TKernel>(int indexCount, in TKernel body)
        where TKernel : unmanaged, IParallelKernel
    {
        fixed (TKernel* pointer = &body)
        {
            Run(indexCount, pointer, &Invoke<TKernel>, 0);
        }
    }

    /// <summary>The same for a kernel that needs scratch memory, which the pool keeps for later loops.</summary>
    public void ForWithScratch<TKernel>(int indexCount, in TKernel body)
        where TKernel : unmanaged, IScratchKernel
    {
        fixed (TKernel* pointer = &body)
        {
            Run(indexCount, pointer, &InvokeWithScratch<TKernel>, body.ScratchBytes);
        }
    }

    /// <summary>Adds a holder, which disposes the pool once.</summary>
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

    /// <summary>Removes a holder; the last one ends the threads.</summary>
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
        if (TakesIndexes)
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

            TakesIndexes = true;
            try
            {
                if (failure is null)
                {
                    invoke(kernel, count - left, scratch[slot] is { } memory ? (byte*)memory.Pointer : null);
                }
            }
            catch (Exception exception)
            {
                // The kernel lies on the caller's stack, so every thread must finish before the exception leaves the caller.
                failure = exception;
            }

            TakesIndexes = false;
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
