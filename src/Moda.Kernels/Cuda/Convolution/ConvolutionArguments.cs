using Moda.Kernels.Cuda.Abi;
using Moda.Kernels.Cuda.Memory;

namespace Moda.Kernels.Cuda.Convolution;

/// <summary>A convolution as its kernels take it.</summary>
internal static class ConvolutionArguments
{
    /// <summary>The geometry, with channels as the weights are padded.</summary>
    public static KernelConvolutionGeometry Geometry(ConvolutionGeometry geometry, ConvolutionChoice choice, Extent3 input, Extent3 output) => new()
    {
        Input = input,
        Output = output,
        Kernel = geometry.Kernel,
        Stride = geometry.Stride,
        Padding = geometry.Padding,
        Upsample = geometry.Upsample,
        Groups = geometry.Groups,
        InputChannels = geometry.InputChannels / geometry.Groups,
        OutputChannels = geometry.OutputChannels / geometry.Groups,
        PaddedInputChannels = choice.PaddedInputs,
        PaddedOutputChannels = choice.PaddedOutputs,
    };

    /// <summary>The geometry of a plan: after im2col a line of the input is as long as one of the output.</summary>
    public static KernelConvolutionGeometry Geometry(TensorCorePlan plan, Shape input, Shape output)
    {
        Extent3 inputExtent = Extent3.OfSpatialAxes(input);
        Extent3 outputExtent = Extent3.OfSpatialAxes(output);
        return Geometry(plan.Geometry, plan.Choice, plan.UsesIm2Col ? inputExtent with { Width = outputExtent.Width } : inputExtent, outputExtent);
    }

    /// <summary>What follows the sums.</summary>
    public static KernelConvolutionEpilogue Epilogue(CudaConvolutionWeights weights, in Epilogue epilogue, Tensor output) => new()
    {
        Bias = weights.Bias,
        Gate = epilogue.Gate?.Address() ?? 0,
        GateStride = epilogue.Gate?.RowStride ?? 0,
        GateRows = epilogue.Gate?.Rows ?? 1,
        GateBroadcast = epilogue.Gate is { } gate ? gate.BroadcastTo(output.Shape) : BroadcastKind.Same,
        Residual = epilogue.Residual?.Address() ?? 0,
        ResidualStride = epilogue.Residual?.RowStride ?? 0,
        Activation = (int)epilogue.Activation.Kind,
        Slope = epilogue.Activation.Slope,
    };
}
