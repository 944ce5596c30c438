using Moda.Kernels;
using Moda.Kernels.Forwards;

namespace Moda.Runtime.Networks.Rendering;

/// <summary>A block of ConvNeXt V2 (Woo et al. 2023, figure 5): depthwise 7 x 7, LayerNorm, an MLP with GELU and GRN, residual.</summary>
internal sealed class ConvNextBlock
{
    private readonly ConvolutionWeights dwconv;
    private readonly ConvNextNorm norm;
    private readonly LinearWeights pwconv1;
    private readonly Tensor grnGamma;
    private readonly Tensor grnBeta;
    private readonly LinearWeights pwconv2;

    public ConvNextBlock(ParameterLoader parameters, int channels)
    {
        dwconv = parameters.Convolution("dwconv", inputs: channels, groups: channels);
        norm = new ConvNextNorm(parameters["norm"], channels);
        pwconv1 = parameters.Linear("pwconv1", inputs: channels);
        grnGamma = parameters.Vector("grn.gamma", pwconv1.Outputs);
        grnBeta = parameters.Vector("grn.beta", pwconv1.Outputs);
        pwconv2 = parameters.Linear("pwconv2", inputs: pwconv1.Outputs, outputs: channels);
    }

    /// <summary>Adds the block's output to maps [N, H, W, C] in place.</summary>
    public void Forward(Workspace workspace, Tensor maps)
    {
        using Workspace.Scope scope = workspace.BeginScope();
        Tensor local = workspace.Convolution(maps, dwconv);
        norm.Forward(workspace, local);
        Tensor hidden = workspace.Linear(local, pwconv1, new Epilogue { Activation = Activation.Gelu });
        workspace.GlobalResponseNorm(hidden, grnGamma, grnBeta, hidden);
        workspace.Linear(hidden, pwconv2, new Epilogue { Residual = maps }, maps);
    }
}
