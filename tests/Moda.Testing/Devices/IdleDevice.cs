using Moda.Kernels;
using Moda.Kernels.Parameters;

namespace Moda.Testing.Devices;

/// <summary>
/// A device that computes nothing and holds nothing: whatever is read from it is zero. What remains of a clip is the host's own work, of
/// which tests can then do so much that the networks would take minutes for it.
/// </summary>
/// <param name="isAsynchronous">Whether clips are made as on a GPU: several frames at once, by several workers.</param>
public sealed class IdleDevice(bool isAsynchronous) : Device
{
    public override string Name => "idle";

    public override ElementType ActivationType => ElementType.Float32;

    public override bool IsAsynchronous => isAsynchronous;

    public override DeviceMemory AllocateMemory(long byteLength) => new NoMemory(byteLength);

    public override void Write(ReadOnlySpan<float> values, Tensor destination)
    {
    }

    public override void Read(Tensor source, Span<float> values) => values.Clear();

    public override void ReadBytes(Tensor source, Span<byte> values) => values.Clear();

    public override Device CreateQueue() => new IdleDevice(isAsynchronous);

    protected internal override LinearWeights PrepareLinear(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, int outputs, int inputs) => new NoLinearWeights(outputs, inputs);

    protected internal override ConvolutionWeights PrepareConvolution(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry) => new NoConvolutionWeights(geometry);

    protected internal override void Copy(Tensor input, Tensor output)
    {
    }

    protected internal override void Add(Tensor left, Tensor right, Activation activation, Tensor output)
    {
    }

    protected internal override void AddScaled(Tensor left, Tensor right, Tensor factor, Tensor output)
    {
    }

    protected internal override void Multiply(Tensor left, Tensor right, Activation activation, Tensor output)
    {
    }

    protected internal override void Activate(Tensor input, Activation activation, Tensor output)
    {
    }

    protected internal override void Linear(Tensor input, LinearWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch)
    {
    }

    protected internal override void LayerNorm(Tensor input, Tensor weight, Tensor bias, float epsilon, Tensor output)
    {
    }

    protected internal override void RmsNorm(Tensor input, Tensor? weight, float epsilon, Tensor output)
    {
    }

    protected internal override void AdaRmsNorm(Tensor input, Tensor shift, Tensor scale, float epsilon, Tensor output)
    {
    }

    protected internal override void QkNormRope(Tensor heads, Tensor weight, Tensor? rotation, int headCount, float epsilon)
    {
    }

    protected internal override void Attention(
        Tensor query, Tensor key, Tensor value, Tensor? keyBias, int headCount, float scale, Tensor output)
    {
    }

    protected internal override void Convolution(
        Tensor input, ConvolutionWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch)
    {
    }

    protected internal override void InstanceStatistics(Tensor input, float epsilon, Tensor statistics)
    {
    }

    protected internal override void ScaleShift(Tensor input, Tensor scale, Tensor shift, Activation activation, Tensor output)
    {
    }

    protected internal override void ShiftAdd(Tensor input, int height, int width, Activation activation, Tensor output)
    {
    }

    protected internal override void GlobalResponseNorm(Tensor input, Tensor gamma, Tensor beta, Tensor output)
    {
    }

    protected internal override void AveragePool(Tensor input, Extent3 window, Tensor output)
    {
    }

    protected internal override void GlobalAveragePool(Tensor input, Tensor output)
    {
    }

    protected internal override void MaxPool(Tensor input, int kernel, int stride, int padding, Tensor output)
    {
    }

    protected internal override void ResizeNearest(Tensor input, Tensor output)
    {
    }

    protected internal override void ResizeBilinear(Tensor input, Tensor output)
    {
    }

    protected internal override void PixelShuffle(Tensor input, int factor, Activation activation, Tensor output)
    {
    }

    protected internal override void ChannelsToDepth(Tensor input, Tensor output)
    {
    }

    protected internal override void GridSample(Tensor input, Tensor grid, Tensor output)
    {
    }

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class NoMemory(long byteLength) : DeviceMemory(byteLength)
    {
        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class NoLinearWeights(int outputs, int inputs) : LinearWeights(outputs, inputs);

    private sealed class NoConvolutionWeights(ConvolutionGeometry geometry) : ConvolutionWeights(geometry);
}
