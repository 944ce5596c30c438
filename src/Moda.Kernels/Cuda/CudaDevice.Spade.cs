using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Kernels;
using Moda.Kernels.Cuda.Memory;
using Moda.Kernels.Fused;

namespace Moda.Kernels.Cuda;

public sealed partial class CudaDevice
{
    private const int MomentBytes = 3 * sizeof(float);

    /// <inheritdoc/>
    protected internal override void InstanceStatistics(Tensor input, float epsilon, Tensor statistics)
    {
        // Enough ranges to fill the device, each long enough to be worth a block.
        const int PositionsPerRange = 64;
        const int MaximumRanges = 256;
        using ContextScope scope = context.Enter();
        int batch = input.Shape[0];
        int positions = input.Rows / batch;
        int wanted = Math.Clamp((positions + PositionsPerRange - 1) / PositionsPerRange, 1, MaximumRanges);
        int perRange = (positions + wanted - 1) / wanted;

        // Rounding up may leave fewer ranges; an empty one would have no first value.
        int ranges = (positions + perRange - 1) / perRange;
        ulong partial = scratch.Rent((long)batch * ranges * input.Channels * MomentBytes);

        (CudaFunction moments, int lanes) = kernels.Spade.PartialMoments.For(input);
        var first = new KernelArguments();
        first.AddTensor(input);
        first.Add(input.Channels).Add(positions).Add(perRange).AddPointer(partial);
        Launch(moments, SpadeKernels.ForMoments(input.Channels / lanes, ranges, batch), in first);

        var second = new KernelArguments();
        second.AddPointer(partial).Add(ranges).Add(input.Channels).Add(epsilon);
        second.AddTensor(statistics);
        Launch(kernels.Spade.CombineMoments, SpatialKernels.ForReduction(input.Channels, batch), in second);
    }

    /// <inheritdoc/>
    void IFusedSpade.SpadeModulate(
        Tensor input, Tensor statistics, Tensor gammaBeta, Activation activation, Tensor output)
    {
        using ContextScope scope = context.Enter();
        (CudaFunction modulate, int lanes) = kernels.Spade.Modulate.For(input, statistics, gammaBeta, output);
        long count = output.Shape.ElementCount / lanes;
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(gammaBeta.Shape[1] / input.Shape[1]);
        arguments.AddTensor(statistics);
        arguments.AddTensor(gammaBeta);
        arguments.Add(gammaBeta.Channels == input.Channels ? 0 : 1);
        arguments.AddTensor(output);
        arguments.Add(output.Shape[1]).Add(output.Shape[2]).Add(output.Channels).Add(count);
        arguments.AddActivation(activation);
        LaunchForElements(modulate, count, in arguments);
    }
}
