using Moda.Kernels;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>The SPADE generator G of LivePortrait (<c>spade_generator.py</c>): from warped features to the image.</summary>
public sealed class SpadeGenerator
{
    /// <summary>RGB.</summary>
    private const int ImageChannels = 3;

    private readonly ConvolutionWeights fc;
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
        foreach (ParameterLoader block in parameters.Numbered("G_middle_"))
        {
            middleBlocks.Add(new SpadeResidualBlock(block, channels, segmentationChannels, scale: 1));
            channels = middleBlocks[^1].OutputChannels;
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
    /// <param name="workspace">Where the forward happens.</param>
    /// <param name="features">[N, H, W, C] of <see cref="WarpingNetwork"/>.</param>
    /// <param name="output">Where to write; allocated when null.</param>
    /// <returns>[N, 8 H, 8 W, 3], RGB in [0, 1].</returns>
    public Tensor Forward(Workspace workspace, Tensor features, Tensor? output = null)
    {
        Tensor image = output ?? workspace.Allocate(ImageShape(features.Shape));
        using Workspace.Scope scope = workspace.BeginScope();
        Tensor maps = workspace.Convolution(features, fc);
        foreach (SpadeResidualBlock block in middleBlocks)
        {
            maps = block.Forward(workspace, maps, features);
        }

        foreach (SpadeResidualBlock block in upBlocks)
        {
            // The activation before the last convolution belongs to the output of the last block.
            Activation activation = block == upBlocks[^1] ? LeakyRelu : Activation.None;
            maps = block.Forward(workspace, maps, features, activation);
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
