using Moda.Kernels.Parameters;

namespace Moda.Kernels;

/// <summary>
/// Owns the device memory of a set of parameters. Disposing it frees everything that was prepared through it.
/// A pipeline has one; networks refer to its contents. Not safe to use on several threads at once.
/// </summary>
public sealed class ParameterStore : IDisposable
{
    private readonly List<DeviceMemory> blocks = [];

    /// <summary>Creates an empty store.</summary>
    /// <param name="device">The device that holds the parameters. It must outlive the store.</param>
    public ParameterStore(Device device) => Device = device;

    /// <summary>The device that holds the parameters.</summary>
    public Device Device { get; }

    /// <summary>Bytes of device memory held.</summary>
    public long ByteLength => blocks.Sum(block => block.ByteLength);

    /// <summary>Allocates a block that lives as long as the store.</summary>
    public DeviceMemory Allocate(long byteLength)
    {
        DeviceMemory block = Device.AllocateMemory(byteLength);
        blocks.Add(block);
        return block;
    }

    /// <summary>Puts values on the device as a contiguous tensor.</summary>
    /// <param name="values">Row-major values, as many as the shape has elements.</param>
    /// <param name="shape">The extents.</param>
    public Tensor Tensor(ReadOnlySpan<float> values, Shape shape)
    {
        DeviceMemory block = Allocate(shape.ElementCount * Device.ActivationType.SizeInBytes());
        var tensor = new Tensor(block, 0, shape, Device.ActivationType, shape.Channels);
        Device.Write(values, tensor);
        return tensor;
    }

    /// <summary>Packs a linear layer.</summary>
    /// <param name="weight">[outputs, inputs], row-major.</param>
    /// <param name="bias">[outputs], or empty for none.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="inputs">Input channels.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight has another number of values.</exception>
    public LinearWeights Linear(ParameterValues weight, ReadOnlySpan<float> bias, int outputs, int inputs)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(weight.Count, (long)outputs * inputs, nameof(weight));
        return Device.PrepareLinear(this, weight, bias, outputs, inputs);
    }

    /// <summary>Packs a convolution.</summary>
    /// <param name="weight">[outputs, inputs / groups, kernel depth, kernel height, kernel width], row-major.</param>
    /// <param name="bias">[outputs], or empty for none.</param>
    /// <param name="geometry">Kernel, stride, padding, channels.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight has another number of values.</exception>
    public ConvolutionWeights Convolution(ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry)
    {
        CheckCount(weight, geometry);
        return Device.PrepareConvolution(this, weight, bias, geometry);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceMemory block in blocks)
        {
            block.Dispose();
        }

        blocks.Clear();
    }

    /// <summary>Throws unless a weight has as many values as the convolution needs.</summary>
    internal static void CheckCount(ParameterValues weight, ConvolutionGeometry geometry) => ArgumentOutOfRangeException.ThrowIfNotEqual(
        weight.Count, geometry.OutputChannels * geometry.MultiplyAddsPerElement, nameof(weight));
}
