using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.FaceParsing;

/// <summary>
/// BiSeNet's context path: a ResNet-18 whose features at 1/16 and 1/32 are refined by attention and upsampled to 1/8.
/// </summary>
internal sealed class ContextPath
{
    private readonly ConvolutionWeights stem;
    private readonly ResidualBlock[] layer1;
    private readonly ResidualBlock[] layer2;
    private readonly ResidualBlock[] layer3;
    private readonly ResidualBlock[] layer4;
    private readonly AttentionRefinement arm16;
    private readonly AttentionRefinement arm32;
    private readonly ConvolutionWeights convHead32;
    private readonly ConvolutionWeights convHead16;
    private readonly ConvolutionWeights convAverage;

    public ContextPath(ParameterLoader parameters)
    {
        ParameterLoader resnet = parameters["resnet"];
        stem = resnet.Convolution("conv1", stride: 2, batchNorm: "bn1");
        layer1 = LoadLayer(resnet, "layer1", stem.Geometry.OutputChannels);
        layer2 = LoadLayer(resnet, "layer2", layer1[^1].OutputChannels);
        layer3 = LoadLayer(resnet, "layer3", layer2[^1].OutputChannels);
        layer4 = LoadLayer(resnet, "layer4", layer3[^1].OutputChannels);
        arm16 = new AttentionRefinement(parameters["arm16"], layer3[^1].OutputChannels);
        arm32 = new AttentionRefinement(parameters["arm32"], layer4[^1].OutputChannels);
        convAverage = parameters["conv_avg"].Convolution(
            "conv", inputs: layer4[^1].OutputChannels, outputs: arm32.OutputChannels, batchNorm: "bn");
        convHead32 = parameters["conv_head32"].Convolution(
            "conv", inputs: arm32.OutputChannels, outputs: arm16.OutputChannels, upsample: 2, batchNorm: "bn");
        convHead16 = parameters["conv_head16"].Convolution("conv", inputs: arm16.OutputChannels, upsample: 2, batchNorm: "bn");
    }

    /// <summary>The channels of the output: the ResNet's features at 1/8, then the upsampled context.</summary>
    public int OutputChannels => layer2[^1].OutputChannels + convHead16.Geometry.OutputChannels;

    /// <summary>Maps [1, H, W, 3] to [1, H / 8, W / 8, C].</summary>
    public Tensor Forward(Workspace workspace, Tensor image)
    {
        Tensor joined = workspace.Allocate(1, image.Shape[1] / 8, image.Shape[2] / 8, OutputChannels);
        using Workspace.Scope scope = workspace.BeginScope();
        Tensor maps = workspace.Convolution(image, stem, new Epilogue { Activation = Activation.Relu });
        maps = workspace.MaxPool(maps, kernel: 3, stride: 2, padding: 1);
        maps = Run(workspace, layer1, maps);
        Tensor eighth = Run(workspace, layer2, maps, joined.ChannelSlice(0, layer2[^1].OutputChannels));
        Tensor sixteenth = Run(workspace, layer3, eighth);
        Tensor thirtySecond = Run(workspace, layer4, sixteenth);

        Tensor average = workspace.GlobalAveragePool(thirtySecond).Reshape(1, 1, 1, thirtySecond.Channels);
        average = workspace.Convolution(average, convAverage, new Epilogue { Activation = Activation.Relu });

        (Tensor context, Tensor attention) = arm32.Forward(workspace, thirtySecond);
        workspace.ScaleShift(context, attention, average.Reshape(context.Channels), Activation.None, context);
        Tensor up = workspace.Convolution(context, convHead32, new Epilogue { Activation = Activation.Relu });

        (context, attention) = arm16.Forward(workspace, sixteenth);
        workspace.Multiply(context, attention, output: context);
        workspace.Add(context, up, output: context);
        workspace.Convolution(
            context,
            convHead16,
            new Epilogue { Activation = Activation.Relu },
            joined.ChannelSlice(eighth.Channels, convHead16.Geometry.OutputChannels));
        return joined;
    }

    private static ResidualBlock[] LoadLayer(ParameterLoader resnet, string name, int inputChannels)
    {
        var blocks = new List<ResidualBlock> { new(resnet[name]["0"], inputChannels) };
        foreach (ParameterLoader block in resnet.List(name).Skip(1))
        {
            blocks.Add(new ResidualBlock(block, blocks[^1].OutputChannels));
        }

        return [.. blocks];
    }

    private static Tensor Run(Workspace workspace, ResidualBlock[] layer, Tensor input, Tensor? output = null)
    {
        Tensor maps = input;
        foreach (ResidualBlock block in layer)
        {
            maps = block.Forward(workspace, maps, block == layer[^1] ? output : null);
        }

        return maps;
    }
}
