using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Memory;
using Moda.Kernels.Fused;

namespace Moda.Kernels.Cuda.Kernels;

/// <summary>The statistics of SPADE's instance norm, and its modulation: <c>spade.cu</c>.</summary>
internal sealed class SpadeKernels(CudaModule module)
{
    private const int GroupsOfBlock = 32;
    private const int StatisticsThreads = 256;

    /// <summary>Bytes of a range's count, mean and sum of squares: <c>moments</c> of <c>common.cuh</c>.</summary>
    private const int MomentBytes = 3 * sizeof(float);

    // Enough ranges to fill the device, each long enough to be worth a block.
    private const int PositionsPerRange = 64;
    private const int MaximumRanges = 256;

    private readonly WideKernel partialMoments = new(module, "partial_moments");
    private readonly CudaFunction combineMoments = module.GetFunction("combine_moments");
    private readonly WideKernel modulate = new(module, "spade_modulate");

    /// <summary><see cref="Device.InstanceStatistics"/>.</summary>
    public void InstanceStatistics(CudaQueue queue, Tensor input, float epsilon, Tensor statistics)
    {
        using ContextScope scope = queue.Enter();
        int batch = input.Shape[0];
        int positions = input.Rows / batch;
        int wanted = Math.Clamp(Division.RoundUp(positions, PositionsPerRange), 1, MaximumRanges);
        int perRange = Division.RoundUp(positions, wanted);

        // Rounding up may leave fewer ranges; an empty one would have no first value.
        int ranges = Division.RoundUp(positions, perRange);
        ulong partial = queue.Scratch.Rent((long)batch * ranges * input.Channels * MomentBytes);

        (CudaFunction moments, int lanes) = partialMoments.For(input);
        var first = new KernelArguments();
        first.AddTensor(input);
        first.Add(input.Channels).Add(positions).Add(perRange).AddPointer(partial);
        queue.Launch(
            moments,
            new LaunchConfiguration(
                new LaunchExtents(Division.RoundUp(input.Channels / lanes, GroupsOfBlock), ranges, batch), new LaunchExtents(StatisticsThreads)),
            in first);

        var second = new KernelArguments();
        second.AddPointer(partial).Add(ranges).Add(input.Channels).Add(epsilon);
        second.AddTensor(statistics);
        queue.Launch(combineMoments, ChannelReduction.For(input.Channels, batch), in second);
    }

    /// <summary><see cref="IFusedSpade.SpadeModulate"/>.</summary>
    public void Modulate(CudaQueue queue, Tensor input, Tensor statistics, Tensor gammaBeta, Activation activation, Tensor output)
    {
        using ContextScope scope = queue.Enter();
        (CudaFunction function, int lanes) = modulate.For(input, statistics, gammaBeta, output);
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
        queue.LaunchForElements(function, count, in arguments);
    }
}
