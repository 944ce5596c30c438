using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// The appearance feature extractor F of LivePortrait (<c>appearance_feature_extractor.py</c>): it maps the source image to a feature
/// volume. It runs once for each portrait.
/// </summary>
internal sealed class AppearanceExtractor
{
    /// <summary>RGB.</summary>
    private const int ImageChannels = 3;

    private readonly ConvolutionWeights first;
    private readonly List<DownBlock> downBlocks = [];
    private readonly ConvolutionWeights second;
    private readonly int volumeChannels;
    private readonly ResidualBlock3d[] residualBlocks;

    /// <summary>Loads the module <c>appearance_feature_extractor</c>.</summary>
    public AppearanceExtractor(ParameterLoader parameters)
    {
        first = parameters["first"].Convolution("conv", inputs: ImageChannels, batchNorm: "norm");
        int channels = first.Geometry.OutputChannels;
        foreach (ParameterLoader block in parameters.List("down_blocks"))
        {
            downBlocks.Add(new DownBlock(block, channels));
            channels = downBlocks[^1].OutputChannels;
        }

        second = parameters.Convolution("second", inputs: channels);
        volumeChannels = parameters.ShapeOf("resblocks_3d.3dr0.conv1.weight")[0];
        residualBlocks = [.. parameters.Numbered("resblocks_3d.3dr").Select(block => new ResidualBlock3d(block, volumeChannels))];
    }

    /// <summary>The shape [N, D, H / 4, W / 4, C] of the feature volume of images [N, H, W, 3].</summary>
    public Shape VolumeShape(Shape image) => new(
        image[0],
        second.Geometry.OutputChannels / volumeChannels,
        image[1] >> downBlocks.Count,
        image[2] >> downBlocks.Count,
        volumeChannels);

    /// <summary>Computes the feature volume.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="image">[N, H, W, 3], RGB in [0, 1]; the published weights need 256 x 256.</param>
    /// <param name="output">Receives the result; allocated when null.</param>
    /// <returns>[N, D, H / 4, W / 4, C]; the published sizes are D = 16 and C = 32.</returns>
    public Tensor Forward(Workspace workspace, Tensor image, Tensor? output = null)
    {
        Tensor volume = output ?? workspace.Allocate(VolumeShape(image.Shape));
        using Workspace.Scope scope = workspace.BeginScope();
        Tensor maps = workspace.Convolution(image, first, new Epilogue { Activation = Activation.Relu });
        foreach (DownBlock block in downBlocks)
        {
            maps = block.Forward(workspace, maps);
        }

        maps = workspace.Convolution(maps, second);
        workspace.ChannelsToDepth(maps, volume.Shape[1], volume);
        foreach (ResidualBlock3d block in residualBlocks)
        {
            block.Forward(workspace, volume);
        }

        return volume;
    }
}
