using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// A residual block of the SPADE generator (<c>SPADEResnetBlock</c>): norm, LeakyReLU and convolution, twice. The shortcut is the input.
/// When the number of channels changes, the input is normalised and convolved first.
/// </summary>
internal sealed class SpadeResidualBlock
{
    /// <summary>The name of the norm before the first convolution.</summary>
    public const string Norm0 = "norm_0";

    /// <summary>The name of the norm before the second convolution.</summary>
    public const string Norm1 = "norm_1";

    /// <summary>The default epsilon of PyTorch's <c>InstanceNorm2d</c>.</summary>
    private const float Epsilon = 1e-5f;

    private readonly SpadeNorm norm0;
    private readonly ConvolutionWeights conv0;
    private readonly SpadeNorm norm1;
    private readonly ConvolutionWeights conv1;
    private readonly SpadeShortcut? shortcut;
    private readonly int scale;

    /// <summary>Loads a block.</summary>
    /// <param name="parameters">The loader at the block's place in the checkpoint.</param>
    /// <param name="inputChannels">The number of its input channels.</param>
    /// <param name="segmentationChannels">Channels of the segmentation map.</param>
    /// <param name="scale">The size of the block's output divided by that of the segmentation map.</param>
    public SpadeResidualBlock(ParameterLoader parameters, int inputChannels, int segmentationChannels, int scale)
        : this(
            parameters,
            inputChannels,
            segmentationChannels,
            scale,
            new SpadeFirstLayer(parameters[Norm0], segmentationChannels, scale),
            new SpadeFirstLayer(parameters[Norm1], segmentationChannels, scale))
    {
    }

    /// <summary>Loads a block whose norms have given first layers.</summary>
    /// <param name="parameters">The loader at the block's place in the checkpoint.</param>
    /// <param name="inputChannels">The number of its input channels.</param>
    /// <param name="segmentationChannels">Channels of the segmentation map.</param>
    /// <param name="scale">The size of the block's output divided by that of the segmentation map.</param>
    /// <param name="first0">The first layer of <see cref="Norm0"/>.</param>
    /// <param name="first1">The first layer of <see cref="Norm1"/>.</param>
    public SpadeResidualBlock(
        ParameterLoader parameters, int inputChannels, int segmentationChannels, int scale, SpadeFirstLayer first0, SpadeFirstLayer first1)
    {
        this.scale = scale;
        norm0 = new SpadeNorm(parameters[Norm0], inputChannels, first0);
        conv0 = parameters.Convolution("conv_0", inputs: inputChannels);
        int middleChannels = conv0.Geometry.OutputChannels;
        norm1 = new SpadeNorm(parameters[Norm1], middleChannels, first1);
        conv1 = parameters.Convolution("conv_1", inputs: middleChannels);
        if (inputChannels != OutputChannels)
        {
            shortcut = new SpadeShortcut(parameters, inputChannels, OutputChannels, segmentationChannels, scale);
        }
    }

    public int OutputChannels => conv1.Geometry.OutputChannels;

    /// <summary>Computes the block.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="input">
    /// [N, h, w, C]; it is read as if it were upsampled to the block's scale. A block without a learned shortcut writes into it.
    /// </param>
    /// <param name="segmentation">[N, H / scale, W / scale, S].</param>
    /// <param name="activation">The activation that is applied to the output.</param>
    /// <returns>[N, H, W, C'].</returns>
    public Tensor Forward(Workspace workspace, Tensor input, in SegmentationMap segmentation, Activation activation = default)
    {
        Tensor output = AllocateOutput(workspace, input, segmentation.Features);
        using Workspace.Scope scope = workspace.BeginScope();
        Tensor statistics = workspace.InstanceStatistics(input, Epsilon);
        Tensor hidden = workspace.Allocate(output.Shape.WithChannels(conv0.Geometry.OutputChannels));
        using (workspace.BeginScope())
        {
            Tensor normalised = norm0.Forward(workspace, input, statistics, segmentation, SpadeGenerator.LeakyRelu);
            workspace.Convolution(normalised, conv0, output: hidden);
        }

        shortcut?.Forward(workspace, input, statistics, segmentation, output);
        statistics = workspace.InstanceStatistics(hidden, Epsilon);
        hidden = norm1.Forward(workspace, hidden, statistics, segmentation, SpadeGenerator.LeakyRelu);
        return workspace.Convolution(hidden, conv1, new Epilogue { Residual = output, Activation = activation }, output);
    }

    /// <summary>
    /// Allocates the output. Without a learned shortcut it starts as a copy of the input, or is the input itself when both have the same
    /// extents.
    /// </summary>
    private Tensor AllocateOutput(Workspace workspace, Tensor input, Tensor segmentation)
    {
        (int height, int width) = (segmentation.Shape[1] * scale, segmentation.Shape[2] * scale);
        if (shortcut is not null)
        {
            return workspace.Allocate(segmentation.Shape[0], height, width, OutputChannels);
        }

        return input.Shape[1] == height ? input : workspace.ResizeNearest(input, height, width);
    }
}
