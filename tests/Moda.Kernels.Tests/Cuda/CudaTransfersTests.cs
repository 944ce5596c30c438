using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Memory;
using Moda.Kernels.Parameters;
using Xunit;

namespace Moda.Kernels.Tests.Cuda;

/// <summary>What reaches the device of values that are uploaded piece by piece.</summary>
[Collection(FakeDriver.Collection)]
public sealed class CudaTransfersTests
{
    private const int Count = 7_000_003;

    private readonly List<(long First, int Count)> consumed = [];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Values_arrive_in_their_order_piece_by_piece(bool heldByTheHost)
    {
        using CudaContext context = CudaContext.Create(FakeDriver.Reset(), 0);
        using CudaStream stream = CudaStream.Create(context);
        using (var transfers = new CudaTransfers(context, stream, new DeviceMemoryBudget("fake", limit: null), CudaTransfers.WeightPieces))
        {
            ParameterValues values = ParameterValues.Join(new CountingValues(Count - 5), new float[5]);
            if (heldByTheHost)
            {
                transfers.Upload(values.ToArray().AsSpan(), new Consumer(consumed));
            }
            else
            {
                transfers.Upload(values, new Consumer(consumed));
            }
        }

        Assert.True(consumed.Count > 1);
        Assert.Equal(consumed.Count, FakeDriver.CopiesToDevice.Count);
        int next = 0;
        foreach (((long first, int count), float[] copied) in consumed.Zip(FakeDriver.CopiesToDevice))
        {
            Assert.Equal((next, copied.Length), (first, count));
            foreach (float value in copied)
            {
                if (value != (next < Count - 5 ? next : 0))
                {
                    Assert.Fail($"value {next} is {value}");
                }

                next++;
            }
        }

        Assert.Equal(Count, next);
        Assert.Equal(0, FakeDriver.Depth);
    }

    [Fact]
    public void An_error_of_the_reader_leaves_the_buffers_as_good_as_new()
    {
        using CudaContext context = CudaContext.Create(FakeDriver.Reset(), 0);
        using CudaStream stream = CudaStream.Create(context);
        using var transfers = new CudaTransfers(context, stream, new DeviceMemoryBudget("fake", limit: null), CudaTransfers.WeightPieces);

        Assert.Throws<EndOfStreamException>(() => transfers.Upload(new FailingValues(Count), new Consumer(consumed)));
        Assert.Equal(0, FakeDriver.Depth);

        consumed.Clear();
        transfers.Upload(new CountingValues(3), new Consumer(consumed));
        Assert.Equal([(0, 3)], consumed);
        Assert.Equal([0, 1, 2], FakeDriver.CopiesToDevice[^1]);
    }

    [Fact]
    public void A_device_with_too_little_memory_for_the_buffers_is_left_as_it_was()
    {
        using CudaContext context = CudaContext.Create(FakeDriver.Reset(), 0);
        using CudaStream stream = CudaStream.Create(context);
        var budget = new DeviceMemoryBudget("fake", limit: 20 << 20);

        Assert.Throws<InsufficientMemoryException>(() => new CudaTransfers(context, stream, budget, CudaTransfers.WeightPieces));

        Assert.Equal(0, budget.UsedBytes);
        Assert.DoesNotContain("pinned memory", FakeDriver.Alive);
        Assert.DoesNotContain("event", FakeDriver.Alive);
    }

    private readonly struct Consumer(List<(long First, int Count)> consumed) : IPieceKernel
    {
        public void Queue(ulong values, long first, int count) => consumed.Add((first, count));
    }

    private sealed class CountingValues(int count) : ParameterValues(count)
    {
        public override void ReadRange(int first, Span<float> destination)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = first + i;
            }
        }
    }
}
