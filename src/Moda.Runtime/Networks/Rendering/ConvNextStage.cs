using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>A downsampling layer of ConvNeXt V2 and the blocks at its resolution.</summary>
internal sealed class ConvNextStage
{
    private readonly ConvNextNorm norm;
    private readonly bool normFirst;
    private readonly ConvolutionWeights convolution;
    private readonly ConvNextBlock[] blocks;

    /// <summary>Loads a stage.</summary>
    /// <param name="downsample">The loader at the downsampling layer's place in the checkpoint.</param>
    /// <param name="stage">The loader at the blocks' place in the checkpoint.</param>
    /// <param name="inputChannels">Channels of the stage's input.</param>
    public ConvNextStage(ParameterLoader downsample, ParameterLoader stage, int inputChannels)
    {
        // The stem convolves and then normalises. The layers between stages normalise first.
        normFirst = downsample.ShapeOf("0.weight").Length == 1;
        string convolutionName = normFirst ? "1" : "0";

        // Patches do not overlap, so the stride equals the kernel's extent.
        int patch = downsample.ShapeOf($"{convolutionName}.weight")[^1];
        convolution = downsample.Convolution(convolutionName, inputs: inputChannels, stride: patch, padding: 0);
        norm = new ConvNextNorm(downsample[normFirst ? "0" : "1"], normFirst ? inputChannels : OutputChannels);
        blocks = [.. stage.Numbered("").Select(block => new ConvNextBlock(block, OutputChannels))];
    }

    public int OutputChannels => convolution.Geometry.OutputChannels;

    /// <summary>Maps [N, H, W, C] to [N, H / p, W / p, C']. The input may be changed.</summary>
    public Tensor Forward(Workspace workspace, Tensor input)
    {
        if (normFirst)
        {
            norm.Forward(workspace, input);
        }

        Tensor maps = workspace.Convolution(input, convolution);
        if (!normFirst)
        {
            norm.Forward(workspace, maps);
        }

        foreach (ConvNextBlock block in blocks)
        {
            block.Forward(workspace, maps);
        }

        return maps;
    }
}
