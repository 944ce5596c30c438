using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.FaceDetection;

/// <summary>A depthwise 3 x 3 convolution followed by a pointwise one: <c>depthwise.weight</c>, <c>pointwise.weight</c>, <c>pointwise.bias</c>.</summary>
internal sealed class SeparableConvolution
{
    private readonly ConvolutionWeights depthwise;
    private readonly ConvolutionWeights pointwise;

    /// <summary>Loads the layer. With stride 2 it pads as TensorFlow does (<see cref="TensorFlowPadding"/>).</summary>
    public SeparableConvolution(ParameterLoader parameters, int stride = 1)
    {
        int channels = parameters.ShapeOf("depthwise.weight")[0];
        depthwise = stride == 1
            ? parameters.WithoutBiases().Convolution("depthwise", groups: channels)
            : TensorFlowPadding.Stride2(parameters.WithoutBiases(), "depthwise", groups: channels);
        pointwise = parameters.Convolution("pointwise");
    }

    /// <summary>Maps [N, H, W, C] to [N, H / stride, W / stride, C'].</summary>
    public Tensor Forward(Workspace workspace, Tensor input, in Epilogue epilogue = default) =>
        workspace.Convolution(workspace.Convolution(input, depthwise), pointwise, epilogue);
}
