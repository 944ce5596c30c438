using Moda.Kernels.Cpu.Threading;
using Xunit;

namespace Moda.Kernels.Tests.Cpu;

public sealed unsafe class CpuThreadPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_index_is_done_once_in_each_of_many_loops(int threadCount)
    {
        using var pool = new CpuThreadPool(threadCount);
        int* done = stackalloc int[64];
        for (int loop = 0; loop < 3000; loop++)
        {
            int count = loop % 37;
            new Span<int>(done, 64).Clear();
            pool.For(count, new Counting(done));
            for (int i = 0; i < 64; i++)
            {
                Assert.Equal(i < count ? 1 : 0, done[i]);
            }
        }
    }

    [Fact]
    public void Threads_that_slept_take_part_again()
    {
        using var pool = new CpuThreadPool(3);
        for (int loop = 0; loop < 5; loop++)
        {
            Thread.Sleep(5);
            long threads = 0;
            pool.For(3, new Meeting(&threads));
            Assert.Equal(3, threads);
        }
    }

    [Fact]
    public void Loops_of_several_callers_do_not_mix()
    {
        using var pool = new CpuThreadPool(2);
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            int* done = stackalloc int[16];
            for (int loop = 0; loop < 500; loop++)
            {
                new Span<int>(done, 16).Clear();
                pool.ForWithScratch(16, new ScratchCounting(done));
                for (int i = 0; i < 16; i++)
                {
                    Assert.Equal(1, done[i]);
                }
            }
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_failing_index_fails_the_loop_and_not_the_next(int threadCount)
    {
        using var pool = new CpuThreadPool(threadCount);
        int* done = stackalloc int[64];
        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => pool.For(20, new Failing()));
        Assert.IsType<NotSupportedException>(exception.InnerException);
        pool.For(64, new Counting(done));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_loop_inside_a_loop_is_refused(int threadCount)
    {
        using var pool = new CpuThreadPool(threadCount);
        Nesting.Pool = pool;

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => pool.For(4, default(Nesting)));

        Assert.Contains("nested", exception.GetBaseException().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loop_allocates_nothing()
    {
        using var pool = new CpuThreadPool(2);
        int* done = stackalloc int[10];
        pool.For(10, new Counting(done));
        long before = GC.GetAllocatedBytesForCurrentThread();

        pool.For(10, new Counting(done));

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Disposing_twice_is_harmless()
    {
        var pool = new CpuThreadPool(3);
        pool.Dispose();
        pool.Dispose();
    }

    private readonly struct Counting(int* done) : IParallelKernel
    {
        public void Invoke(int index) => Interlocked.Increment(ref done[index]);
    }

    /// <summary>Ends only when as many threads as indexes have arrived.</summary>
    private readonly struct Meeting(long* threads) : IParallelKernel
    {
        public void Invoke(int index)
        {
            Interlocked.Increment(ref *threads);
            Assert.True(SpinWait.SpinUntil(Arrived, TimeSpan.FromSeconds(30)));
        }

        private bool Arrived() => Volatile.Read(ref *threads) == 3;
    }

    /// <summary>Notices when another thread writes to the same scratch.</summary>
    private readonly struct ScratchCounting(int* done) : IScratchKernel
    {
        public long ScratchBytes => 4096;

        public void Invoke(int index, byte* scratch)
        {
            var mine = new Span<byte>(scratch, 4096);
            byte mark = (byte)(Environment.CurrentManagedThreadId * 31 + index);
            mine.Fill(mark);
            Thread.SpinWait(20);
            Assert.Equal(-1, mine.IndexOfAnyExcept(mark));
            Interlocked.Increment(ref done[index]);
        }
    }

    private readonly struct Failing : IParallelKernel
    {
        public void Invoke(int index)
        {
            if (index == 7)
            {
                throw new NotSupportedException();
            }
        }
    }

    private readonly struct Nesting : IParallelKernel
    {
        public static CpuThreadPool? Pool { get; set; }

        public void Invoke(int index) => Pool!.For(2, default(Nesting));
    }
}
