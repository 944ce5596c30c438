using System.Runtime.Intrinsics;
using Moda.Kernels.Cpu.Matrix;
using Moda.Kernels.Cpu.Vector;

namespace Moda.Kernels.Cpu;

public sealed partial class CpuDevice
{
    private static int VectorWidth =>
        Vector512.IsHardwareAccelerated ? FloatVector512.Count : Vector256.IsHardwareAccelerated ? FloatVector256.Count : FloatVector128.Count;

    /// <inheritdoc/>
    protected internal override LinearWeights PrepareLinear(
        ParameterStore store, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, int outputs, int inputs)
    {
        var geometry = new ConvolutionGeometry { InputChannels = inputs, OutputChannels = outputs, Kernel = Extent3.One };
        return new CpuLinearWeights(PackedWeights.Pack(store, weight, bias, geometry, VectorWidth));
    }

    /// <inheritdoc/>
    protected internal override ConvolutionWeights PrepareConvolution(
        ParameterStore store, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry) =>
        new CpuConvolutionWeights(PackedWeights.Pack(store, weight, bias, geometry, VectorWidth));

    /// <inheritdoc/>
    protected internal override void Linear(Tensor input, LinearWeights weights, in Epilogue epilogue, Tensor output)
    {
        var extent = new Extent3(1, 1, input.Rows);
        Multiply(((CpuLinearWeights)weights).Packed, 1, extent, extent, input, epilogue, output);
    }

    /// <inheritdoc/>
    protected internal override void Convolution(Tensor input, ConvolutionWeights weights, in Epilogue epilogue, Tensor output) =>
        Multiply(((CpuConvolutionWeights)weights).Packed, input.Shape[0], SpatialExtent(input.Shape), SpatialExtent(output.Shape), input, epilogue, output);

    private static Extent3 SpatialExtent(Shape shape) => new(
        shape.Rank == 5 ? shape[1] : 1,
        shape.Rank >= 4 ? shape[^3] : 1,
        shape[^2]);

    private void Multiply(
        PackedWeights weights, int batch, Extent3 inputExtent, Extent3 outputExtent, Tensor input, in Epilogue epilogue, Tensor output)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Multiply<FloatVector512>(weights, batch, inputExtent, outputExtent, input, epilogue, output);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Multiply<FloatVector256>(weights, batch, inputExtent, outputExtent, input, epilogue, output);
        }
        else
        {
            Multiply<FloatVector128>(weights, batch, inputExtent, outputExtent, input, epilogue, output);
        }
    }

    private void Multiply<TVector>(
        PackedWeights weights, int batch, Extent3 inputExtent, Extent3 outputExtent, Tensor input, in Epilogue epilogue, Tensor output)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        var map = new ConvolutionMap(input, batch, inputExtent, outputExtent);
        var kernel = new IndirectConvolution<TVector>(weights, map, new TileEpilogue(epilogue, output), threads.ThreadCount);
        threads.ForWithScratch(kernel.IndexCount, kernel);
    }
}
