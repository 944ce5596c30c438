using Moda.Kernels.Cpu;
using Xunit;

namespace Moda.Kernels.Tests.Cpu;

/// <summary>
/// A tensor on the CPU device between sentinels: before it, after it, and in the gaps between its positions.
/// It starts out poisoned with NaN, so that an element that is not written, or read before it is, shows.
/// </summary>
internal sealed unsafe class GuardedTensor : IDisposable
{
    private const int Guard = 64;
    private const float Sentinel = -987654.25f;
    private readonly DeviceMemory memory;
    private readonly int total;

    public GuardedTensor(Device device, Shape shape, int gap = 0, int offset = 0)
    {
        int stride = shape.Channels + gap;
        total = Guard + offset + shape.Rows * stride + Guard;
        memory = device.AllocateMemory(total * sizeof(float));
        Tensor = new Tensor(memory, Guard + offset, shape, ElementType.Float32, stride);
        All.Fill(Sentinel);
        for (int row = 0; row < shape.Rows; row++)
        {
            Tensor.Row(row).Fill(float.NaN);
        }
    }

    public GuardedTensor(Device device, Shape shape, ReadOnlySpan<float> values, int gap = 0, int offset = 0)
        : this(device, shape, gap, offset) => device.Write(values, Tensor);

    public Tensor Tensor { get; }

    private Span<float> All => new(((CpuMemory)memory).Pointer, total);

    public float[] Values()
    {
        var values = new float[Tensor.Shape.ElementCount];
        for (int row = 0; row < Tensor.Rows; row++)
        {
            Tensor.Row(row).CopyTo(values.AsSpan(row * Tensor.Channels));
        }

        return values;
    }

    /// <summary>Whether nothing outside the tensor's elements was written.</summary>
    public void AssertGuardsUntouched()
    {
        int first = (int)Tensor.Offset;
        for (int i = 0; i < total; i++)
        {
            int within = i - first;
            bool element = within >= 0 && within / Tensor.RowStride < Tensor.Rows && within % Tensor.RowStride < Tensor.Channels;
            if (!element)
            {
                Assert.True(All[i] == Sentinel, $"Element {within} outside a tensor {Tensor.Shape} was overwritten with {All[i]}.");
            }
        }
    }

    public void Dispose() => memory.Dispose();
}
