using Xunit;

namespace Moda.Kernels.Tests.Conformance;

/// <summary>A tensor in a block of its own, with sentinels before it, behind it and in its gaps.</summary>
internal sealed class GuardedTensor : IDisposable
{
    /// <summary>Elements before and behind: more than the widest vector or tile reaches.</summary>
    private const int GuardElements = 4096;

    /// <summary>A value that every format represents (a multiple of 8, for binary16) and no op is likely to write.</summary>
    private const float Sentinel = -12344;

    private readonly Device device;
    private readonly DeviceMemory memory;
    private readonly Tensor whole;
    private readonly int pitch;
    private readonly int guard;

    public GuardedTensor(Device device, Shape shape, int gap, ElementType? storedAs = null)
    {
        ElementType type = storedAs ?? device.ActivationType;
        this.device = device;
        pitch = shape.Channels + gap;
        int size = type.SizeInBytes();

        // The first element has the alignment that the device asks of arenas. A tensor with gaps is a part of another, so it need not.
        guard = (GuardElements * size + device.Alignment - 1) / device.Alignment * device.Alignment / size + (gap > 0 ? gap / 2 : 0);
        int elements = 2 * guard + shape.Rows * pitch;
        memory = device.AllocateMemory((long)elements * size);
        whole = new Tensor(memory, 0, new Shape(elements), type, elements);
        Tensor = new Tensor(memory, guard, shape, type, pitch);
        var sentinels = new float[elements];
        Array.Fill(sentinels, Sentinel);
        device.Write(sentinels, whole);
    }

    public Tensor Tensor { get; }

    /// <summary>Fills the tensor with NaN, so that an element that is not written is seen.</summary>
    public void Poison()
    {
        var values = new float[Tensor.Shape.ElementCount];
        Array.Fill(values, float.NaN);
        device.Write(values, Tensor);
    }

    public float[] Read()
    {
        var values = new float[Tensor.Shape.ElementCount];
        device.Read(Tensor, values);
        return values;
    }

    /// <summary>Fails when anything outside the tensor has changed.</summary>
    public void AssertSentinels(string what)
    {
        var values = new float[whole.Channels];
        device.Read(whole, values);
        for (int i = 0; i < values.Length; i++)
        {
            int offset = i - guard;
            bool inside = offset >= 0 && offset / pitch < Tensor.Rows && offset % pitch < Tensor.Channels;
            if (!inside && values[i] != Sentinel)
            {
                Assert.Fail($"{what}: element {offset} relative to the first of a tensor {Tensor.Shape} with pitch {pitch} was overwritten with {values[i]:R}.");
            }
        }
    }

    public void Dispose() => memory.Dispose();
}
