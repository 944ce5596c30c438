using Moda.Kernels.Cpu.Matrix;
using Moda.Kernels.Cpu.Vector;
using Moda.Kernels.Parameters;

namespace Moda.Kernels.Cpu;

internal sealed partial class CpuDevice
{
    /// <inheritdoc/>
    protected internal override LinearWeights PrepareLinear(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, int outputs, int inputs) =>
        new CpuLinearWeights(Pack(store, weight, bias, new() { InputChannels = inputs, OutputChannels = outputs, Kernel = Extent3.One }));

    /// <inheritdoc/>
    protected internal override ConvolutionWeights PrepareConvolution(
        ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry) =>
        new CpuConvolutionWeights(Pack(store, weight, bias, geometry));

    /// <inheritdoc/>
    protected internal override void Linear(Tensor input, LinearWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch)
    {
        var extent = new Extent3(1, 1, input.Rows);
        Multiply(((CpuLinearWeights)weights).Packed, new ConvolutionMap(input, 1, extent, extent), new TileEpilogue(epilogue, output));
    }

    /// <inheritdoc/>
    protected internal override void Convolution(
        Tensor input, ConvolutionWeights weights, in Epilogue epilogue, Tensor output, BatchPlan batch)
    {
        var map = new ConvolutionMap(input, input.Shape[0], Extent3.OfSpatialAxes(input.Shape), Extent3.OfSpatialAxes(output.Shape));
        Multiply(((CpuConvolutionWeights)weights).Packed, map, new TileEpilogue(epilogue, output));
    }

    private PackedWeights Pack(ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry) =>
        loops.LaneCount == FloatVector512.Count ? Pack<FloatVector512>(store, weight, bias, geometry)
        : loops.LaneCount == FloatVector256.Count ? Pack<FloatVector256>(store, weight, bias, geometry)
        : Pack<FloatVector128>(store, weight, bias, geometry);

    private PackedWeights Pack<TVector>(ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        ConvolutionPath path = DepthwiseConvolution<TVector>.Applies(geometry) ? ConvolutionPath.Depthwise
            : LineFoldedConvolution<TVector>.Pays(geometry) ? ConvolutionPath.LineFolded
            : ConvolutionPath.Indirect;
        return PackedWeights.Pack(threads.ThreadCount, store, weight, bias, geometry, path, TVector.Count);
    }

    private void Multiply(PackedWeights weights, in ConvolutionMap map, in TileEpilogue epilogue)
    {
        if (loops.LaneCount == FloatVector512.Count)
        {
            Multiply<FloatVector512>(weights, map, epilogue);
        }
        else if (loops.LaneCount == FloatVector256.Count)
        {
            Multiply<FloatVector256>(weights, map, epilogue);
        }
        else
        {
            Multiply<FloatVector128>(weights, map, epilogue);
        }
    }

    private void Multiply<TVector>(PackedWeights weights, in ConvolutionMap map, in TileEpilogue epilogue)
        where TVector : unmanaged, IFloatVector<TVector>
    {
        switch (weights.Path)
        {
            case ConvolutionPath.Depthwise:
                var depthwise = new DepthwiseConvolution<TVector>(weights, map, epilogue);
                threads.ForWithScratch(depthwise.IndexCount, depthwise);
                break;
            case ConvolutionPath.LineFolded:
                var folded = new LineFoldedConvolution<TVector>(weights, map, epilogue, threads.ThreadCount);
                threads.ForWithScratch(folded.IndexCount, folded);
                break;
            default:
                var indirect = new IndirectConvolution<TVector>(weights, map, epilogue, threads.ThreadCount);
                threads.ForWithScratch(indirect.IndexCount, indirect);
                break;
        }
    }
}
