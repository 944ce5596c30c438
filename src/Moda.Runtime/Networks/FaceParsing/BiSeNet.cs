using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.FaceParsing;

/// <summary>
/// BiSeNet (Yu et al. 2018) trained for face parsing: it gives a class for every pixel of a face image. The auxiliary outputs at 1/8 and
/// 1/16, which only training uses, are left out.
/// </summary>
internal sealed class BiSeNet
{
    private readonly ContextPath cp;
    private readonly ConvolutionWeights fusion;
    private readonly ConvolutionWeights fusionAttention1;
    private readonly ConvolutionWeights fusionAttention2;
    private readonly ConvolutionWeights conv;
    private readonly ConvolutionWeights convOut;

    /// <summary>Loads the module <c>face_parser</c>.</summary>
    public BiSeNet(ParameterLoader parameters)
    {
        parameters = parameters.WithoutBiases();
        cp = new ContextPath(parameters["cp"]);
        ParameterLoader ffm = parameters["ffm"];
        fusion = ffm["convblk"].Convolution("conv", inputs: cp.OutputChannels, batchNorm: "bn");
        int channels = fusion.Geometry.OutputChannels;
        fusionAttention1 = ffm.Convolution("conv1", inputs: channels);
        fusionAttention2 = ffm.Convolution("conv2", inputs: fusionAttention1.Geometry.OutputChannels, outputs: channels);
        ParameterLoader output = parameters["conv_out"];
        conv = output["conv"].Convolution("conv", inputs: channels, batchNorm: "bn");
        convOut = output.Convolution("conv_out", inputs: conv.Geometry.OutputChannels);
    }

    /// <summary>The number of classes: 19 in the published weights. The first one is the background.</summary>
    public int ClassCount => convOut.Geometry.OutputChannels;

    /// <summary>Computes the classes' logits.</summary>
    /// <param name="workspace">The workspace of the forward pass.</param>
    /// <param name="image">[1, H, W, 3], RGB normalised by ImageNet's mean and deviation; H and W are multiples of 32.</param>
    /// <returns>[1, H, W, classes].</returns>
    public Tensor Forward(Workspace workspace, Tensor image)
    {
        Tensor features = cp.Forward(workspace, image);
        features = workspace.Convolution(features, fusion, new Epilogue { Activation = Activation.Relu });
        Tensor attention = workspace.GlobalAveragePool(features).Reshape(1, 1, 1, features.Channels);
        attention = workspace.Convolution(attention, fusionAttention1, new Epilogue { Activation = Activation.Relu });
        attention = workspace.Convolution(attention, fusionAttention2, new Epilogue { Activation = Activation.Sigmoid });
        Tensor attended = workspace.Multiply(features, attention.Reshape(features.Channels));
        workspace.Add(attended, features, output: attended);

        features = workspace.Convolution(attended, conv, new Epilogue { Activation = Activation.Relu });
        Tensor logits = workspace.Convolution(features, convOut);
        return workspace.ResizeBilinear(logits, image.Shape[1], image.Shape[2]);
    }
}
