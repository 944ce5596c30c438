using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>The SPADE generator G of LivePortrait (<c>spade_generator.py</c>): it decodes warped features to an image.</summary>
internal sealed class SpadeGenerator
{
    /// <summary>RGB.</summary>
    private const int ImageChannels = 3;

    private readonly ConvolutionWeights fc;
    private readonly JoinedFirstLayers middleFirstLayers;
    private readonly List<SpadeResidualBlock> middleBlocks = [];
    private readonly List<SpadeResidualBlock> upBlocks = [];
    private readonly ConvolutionWeights convImage;
    private readonly int shuffleFactor;

    /// <summary>Loads the module <c>spade_generator</c>.</summary>
    public SpadeGenerator(ParameterLoader parameters)
    {
        fc = parameters.Convolution("fc");
        int segmentationChannels = fc.Geometry.InputChannels;
        int channels = fc.Geometry.OutputChannels;
        ParameterLoader[] middle = [.. parameters.Numbered("G_middle_")];
        middleFirstLayers = new JoinedFirstLayers(
            [.. middle.SelectMany(block => new[] { block[SpadeResidualBlock.Norm0], block[SpadeResidualBlock.Norm1] })], segmentationChannels);
        for (int index = 0; index < middle.Length; index++)
        {
            middleBlocks.Add(new SpadeResidualBlock(
                middle[index],
                channels,
                segmentationChannels,
                scale: 1,
                middleFirstLayers.Parts[2 * index],
                middleFirstLayers.Parts[(2 * index) + 1]));
            if (middleBlocks[index].OutputChannels != channels)
            {
                throw middle[index].Mismatch("conv_1.weight", $"{channels} output channels, as its input has");
            }
        }

        // Each up block works at twice the resolution of the one before it.
        int scale = 1;
        foreach (ParameterLoader block in parameters.Numbered("up_"))
        {
            scale *= 2;
            upBlocks.Add(new SpadeResidualBlock(block, channels, segmentationChannels, scale));
            channels = upBlocks[^1].OutputChannels;
        }

        convImage = parameters.Convolution("conv_img.0", inputs: channels);
        shuffleFactor = (int)Math.Sqrt(convImage.Geometry.OutputChannels / ImageChannels);
        if (convImage.Geometry.OutputChannels != ImageChannels * shuffleFactor * shuffleFactor)
        {
            throw parameters.Mismatch("conv_img.0.weight", $"{ImageChannels} times a square of output channels");
        }
    }

    /// <summary>The activation between the generator's layers.</summary>
    internal static Activation LeakyRelu => Activation.LeakyRelu(0.2f);

    /// <summary>Decodes features.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="features">[N, H, W, C] of <see cref="WarpingNetwork"/>.</param>
    /// <param name="output">Receives the result; allocated when null.</param>
    /// <returns>[N, 8 H, 8 W, 3], RGB in [0, 1].</returns>
    public Tensor Forward(Workspace workspace, Tensor features, Tensor? output = null)
    {
        Tensor image = output ?? workspace.Allocate(ImageShape(features.Shape));
        using Workspace.Scope scope = workspace.BeginScope();
        Tensor maps = workspace.Convolution(features, fc);
        using (workspace.BeginScope())
        {
            // These blocks write into their input, which stays valid after the scope.
            SegmentationMap joined = middleFirstLayers.Forward(workspace, features);
            foreach (SpadeResidualBlock block in middleBlocks)
            {
                maps = block.Forward(workspace, maps, joined);
            }
        }

        var segmentation = new SegmentationMap(features);
        foreach (SpadeResidualBlock block in upBlocks)
        {
            // The activation before the last convolution is applied to the output of the last block.
            Activation activation = block == upBlocks[^1] ? LeakyRelu : Activation.None;
            maps = block.Forward(workspace, maps, segmentation, activation);
        }

        maps = workspace.Convolution(maps, convImage);
        return workspace.PixelShuffle(maps, shuffleFactor, Activation.Sigmoid, image);
    }

    /// <summary>The shape [N, 8 H, 8 W, 3] of the images of features [N, H, W, C].</summary>
    public Shape ImageShape(Shape features)
    {
        int scale = shuffleFactor << upBlocks.Count;
        return new Shape(features[0], features[1] * scale, features[2] * scale, ImageChannels);
    }
}
