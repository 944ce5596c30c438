using Moda.Kernels.Cuda.Driver;
using Moda.Kernels.Cuda.Execution;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>
/// Copies an input so that the kernels of tensor cores can read it: every position begins at a multiple of 16 bytes, and where the plan
/// wants im2col, the taps along a line of the kernel become channels. <c>im2col</c> of <c>convolution_passes.cu</c>.
/// </summary>
internal sealed class Im2Col(CudaModule passes)
{
    private const int AccessBytes = 16;

    private readonly CudaFunction im2col = passes.GetFunction("im2col");

    /// <summary>Whether the input has to be copied.</summary>
    public static bool IsNeeded(Tensor input, TensorCorePlan plan)
    {
        ConvolutionGeometry geometry = plan.Original;
        bool groupsAreAligned = geometry.Groups == 1 || geometry.InputChannels / geometry.Groups * input.Type.SizeInBytes() % AccessBytes == 0;
        return plan.UsesIm2Col || !input.HasAlignedRows(AccessBytes) || !groupsAreAligned;
    }

    /// <summary>Queues the copy. The context must be entered.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="input">The input.</param>
    /// <param name="plan">The convolution.</param>
    /// <param name="columns">The copy's address: [rows][group][<see cref="TensorCorePlan.Im2ColGroupStride"/>].</param>
    /// <param name="rows">Positions of the copy over the batch.</param>
    /// <param name="outputWidth">The width of the convolution's output.</param>
    public void Copy(CudaQueue queue, Tensor input, TensorCorePlan plan, ulong columns, int rows, int outputWidth)
    {
        ConvolutionGeometry geometry = plan.Original;
        bool takesLines = plan.UsesIm2Col;
        int chunks = plan.Im2ColGroupStride * queue.ActivationType.SizeInBytes() / AccessBytes;
        long count = (long)rows * geometry.Groups * chunks;
        var arguments = new KernelArguments();
        arguments.AddTensor(input);
        arguments.Add(input.Shape[^2]).Add(geometry.InputChannels / geometry.Groups).Add(geometry.Groups);
        arguments.Add(takesLines ? geometry.Kernel.Width : 1)
            .Add(takesLines ? geometry.Stride.Width : 1)
            .Add(takesLines ? geometry.Padding.Width : 0);
        arguments.AddPointer(columns).Add(takesLines ? outputWidth : input.Shape[^2]).Add(plan.Im2ColGroupStride).Add(count);
        queue.LaunchForElements(im2col, count, in arguments);
    }
}
