using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>
/// A U-Net over volumes (<c>Hourglass</c>): each level halves height and width and joins its output with its input by channels.
/// </summary>
/// <remarks>
/// A join is one tensor: the decoder's channels first, then the encoder's. Both are written directly into it, so nothing is concatenated.
/// </remarks>
internal sealed class Hourglass
{
    private readonly Level[] levels;
    private readonly ConvolutionWeights conv;

    /// <summary>Loads an hourglass.</summary>
    /// <param name="parameters">The loader at the hourglass' place in the checkpoint.</param>
    /// <param name="inputChannels">Channels of the input.</param>
    public Hourglass(ParameterLoader parameters, int inputChannels)
    {
        InputChannels = inputChannels;
        ParameterLoader[] downBlocks = [.. parameters.List("encoder.down_blocks")];
        ParameterLoader[] upBlocks = [.. parameters.List("decoder.up_blocks").Reverse()];
        levels = new Level[downBlocks.Length];
        int channels = inputChannels;
        for (int index = 0; index < levels.Length; index++)
        {
            levels[index].InputChannels = channels;
            levels[index].Down = new DownBlock(downBlocks[index], channels);
            channels = levels[index].Down.OutputChannels;
        }

        for (int index = levels.Length - 1; index >= 0; index--)
        {
            levels[index].Up = upBlocks[index].Convolution("conv", inputs: channels, upsample: 2, batchNorm: "norm");
            channels = levels[index].UpChannels + levels[index].InputChannels;
        }

        conv = parameters["decoder"].Convolution("conv", inputs: channels, batchNorm: "norm");
    }

    /// <summary>Channels of the input.</summary>
    public int InputChannels { get; }

    /// <summary>Channels of the output.</summary>
    public int OutputChannels => conv.Geometry.OutputChannels;

    /// <summary>Allocates the outermost join. The caller fills its <see cref="InputPart"/> before <see cref="Forward"/>.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="volume">A shape [N, D, H, W, any].</param>
    public Tensor AllocateJoin(Workspace workspace, Shape volume) =>
        workspace.AllocateAligned(volume.WithChannels(levels[0].UpChannels + InputChannels));

    /// <summary>The part of the outermost join that is the input.</summary>
    public Tensor InputPart(Tensor join) => join.ChannelSlice(levels[0].UpChannels, InputChannels);

    /// <summary>Computes the output [N, D, H, W, C] from a join with a filled input part.</summary>
    public Tensor Forward(Workspace workspace, Tensor join)
    {
        Complete(workspace, 0, join);
        return workspace.Convolution(join, conv, new Epilogue { Activation = Activation.Relu });
    }

    /// <summary>Fills the decoder's part of a level's join from the encoder's part.</summary>
    private void Complete(Workspace workspace, int index, Tensor join)
    {
        using Workspace.Scope scope = workspace.BeginScope();
        Level level = levels[index];
        Tensor input = join.ChannelSlice(level.UpChannels, level.InputChannels);
        Shape half = DownBlock.HalfExtents(join.Shape);
        Tensor below;
        if (index == levels.Length - 1)
        {
            below = level.Down.Forward(workspace, input);
        }
        else
        {
            int upChannels = levels[index + 1].UpChannels;
            below = workspace.AllocateAligned(half.WithChannels(upChannels + level.Down.OutputChannels));
            level.Down.Forward(workspace, input, below.ChannelSlice(upChannels, level.Down.OutputChannels));
            Complete(workspace, index + 1, below);
        }

        workspace.Convolution(below, level.Up, new Epilogue { Activation = Activation.Relu }, join.ChannelSlice(0, level.UpChannels));
    }

    /// <summary>One resolution, with the layers that lead down from it and up to it.</summary>
    private struct Level
    {
        public int InputChannels;
        public DownBlock Down;
        public ConvolutionWeights Up;

        public readonly int UpChannels => Up.Geometry.OutputChannels;
    }
}
