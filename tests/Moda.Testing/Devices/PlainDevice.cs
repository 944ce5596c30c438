using Moda.Kernels;
using Moda.Kernels.Cpu;
using Moda.Kernels.Parameters;

namespace Moda.Testing.Devices;

/// <summary>The least that a device implements: the CPU's plain ops. It offers no fused op, so all of those are composed.</summary>
public sealed class PlainDevice : Device
{
    private readonly CpuDevice cpu = new(1);

    public override string Name => "plain ops alone";

    public override ElementType ActivationType => cpu.ActivationType;

    public override DeviceMemory AllocateMemory(long byteLength) => cpu.AllocateMemory(byteLength);

    public override void Write(ReadOnlySpan<float> values, Tensor destination) => cpu.Write(values, destination);

    public override void Read(Tensor source, Span<float> values) => cpu.Read(source, values);

    public override void ReadBytes(Tensor source, Span<byte> values) => cpu.ReadBytes(source, values);

    public override Device CreateQueue() => throw new NotSupportedException("This device has one queue.");

    protected internal override LinearWeights PrepareLinear(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, int outputs, int inputs) =>
        cpu.PrepareLinear(store, weight, bias, outputs, inputs);

    protected internal override ConvolutionWeights PrepareConvolution(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry) =>
        cpu.PrepareConvolution(store, weight, bias, geometry);

    protected internal override void Copy(Tensor input, Tensor output) => cpu.Copy(input, output);

    protected internal override void Add(Tensor left, Tensor right, Activation activation, Tensor output) =>
        cpu.Add(left, right, activation, output);

    protected internal override void AddScaled(Tensor left, Tensor right, Tensor factor, Tensor output) =>
        cpu.AddScaled(left, right, factor, output);

    protected internal override void Multiply(Tensor left, Tensor right, Activation activation, Tensor output) =>
        cpu.Multiply(left, right, activation, output);

    protected internal override void Activate(Tensor input, Activation activation, Tensor output) => cpu.Activate(input, activation, output);

    protected internal override void Linear(Tensor input, LinearWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch) =>
        cpu.Linear(input, weights, epilogue, output, batch);

    protected internal override void LayerNorm(Tensor input, Tensor weight, Tensor bias, float epsilon, Tensor output) =>
        cpu.LayerNorm(input, weight, bias, epsilon, output);

    protected internal override void RmsNorm(Tensor input, Tensor? weight, float epsilon, Tensor output) =>
        cpu.RmsNorm(input, weight, epsilon, output);

    protected internal override void AdaRmsNorm(Tensor input, Tensor shift, Tensor scale, float epsilon, Tensor output) =>
        cpu.AdaRmsNorm(input, shift, scale, epsilon, output);

    protected internal override void QkNormRope(Tensor heads, Tensor weight, Tensor? rotation, int headCount, float epsilon) =>
        cpu.QkNormRope(heads, weight, rotation, headCount, epsilon);

    protected internal override void Attention(
        Tensor query, Tensor key, Tensor value, Tensor? keyBias, int headCount, float scale, Tensor output) =>
        cpu.Attention(query, key, value, keyBias, headCount, scale, output);

    protected internal override void Convolution(
        Tensor input, ConvolutionWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch) =>
        cpu.Convolution(input, weights, epilogue, output, batch);

    protected internal override void InstanceStatistics(Tensor input, float epsilon, Tensor statistics) =>
        cpu.InstanceStatistics(input, epsilon, statistics);

    protected internal override void ScaleShift(Tensor input, Tensor scale, Tensor shift, Activation activation, Tensor output) =>
        cpu.ScaleShift(input, scale, shift, activation, output);

    protected internal override void ShiftAdd(Tensor input, int height, int width, Activation activation, Tensor output) =>
        cpu.ShiftAdd(input, height, width, activation, output);

    protected internal override void GlobalResponseNorm(Tensor input, Tensor gamma, Tensor beta, Tensor output) =>
        cpu.GlobalResponseNorm(input, gamma, beta, output);

    protected internal override void AveragePool(Tensor input, Extent3 window, Tensor output) => cpu.AveragePool(input, window, output);

    protected internal override void GlobalAveragePool(Tensor input, Tensor output) => cpu.GlobalAveragePool(input, output);

    protected internal override void MaxPool(Tensor input, int kernel, int stride, int padding, Tensor output) =>
        cpu.MaxPool(input, kernel, stride, padding, output);

    protected internal override void ResizeNearest(Tensor input, Tensor output) => cpu.ResizeNearest(input, output);

    protected internal override void ResizeBilinear(Tensor input, Tensor output) => cpu.ResizeBilinear(input, output);

    protected internal override void PixelShuffle(Tensor input, int factor, Activation activation, Tensor output) =>
        cpu.PixelShuffle(input, factor, activation, output);

    protected internal override void ChannelsToDepth(Tensor input, Tensor output) => cpu.ChannelsToDepth(input, output);

    protected internal override void GridSample(Tensor input, Tensor grid, Tensor output) => cpu.GridSample(input, grid, output);

    protected override void Dispose(bool disposing) => cpu.Dispose();
}
