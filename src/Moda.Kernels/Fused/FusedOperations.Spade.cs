using Moda.Kernels.Forwards;
using Moda.Kernels.Parameters;

namespace Moda.Kernels.Fused;

/// <summary>
/// Operations of MoDA's networks that pay to be fused: SPADE, the motion of keypoints, paste-back. They run on any device: fused where
/// the device implements the interface (<see cref="IFusedSpade"/> and its like), else composed of plain ops.
/// </summary>
internal static partial class FusedOperations
{
    /// <summary>Packs a convolution whose outputs are SPADE's gammas, then as many betas, for <see cref="SpadeConvolution"/>.</summary>
    /// <param name="store">Owns the packed weights.</param>
    /// <param name="weight">[2 C, inputs, kernel depth, kernel height, kernel width], row-major.</param>
    /// <param name="bias">[2 C].</param>
    /// <param name="geometry">Kernel, stride, padding, channels.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight has another number of values.</exception>
    public static SpadeConvolutionWeights PrepareSpadeConvolution(
        this ParameterStore store, ParameterValues weight, ReadOnlySpan<float> bias, ConvolutionGeometry geometry)
    {
        ParameterStore.CheckCount(weight, geometry);
        return (store.Device as IFusedSpadeConvolution)?.PrepareSpadeConvolution(store, weight, bias, geometry) is { } fused
            ? new SpadeConvolutionWeights(fused, isFused: true)
            : new SpadeConvolutionWeights(store.Convolution(weight, bias, geometry), isFused: false);
    }

    /// <summary>SPADE's normalise, modulate, activate; the output has the extents of the gamma-beta map. See <see cref="IFusedSpade.SpadeModulate"/>.</summary>
    /// <param name="workspace">The workspace of the forward.</param>
    /// <param name="input">[N, H / f, W / f, C], read as if upsampled f times (nearest).</param>
    /// <param name="statistics">[N, 2, C] of <see cref="Workspace.InstanceStatistics"/>.</param>
    /// <param name="gammaBeta">[N, H, W, 2 C]: all gammas, then all betas; or [N, H, W, C]: gammas alone, beta is 0.</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="output">[N, H, W, C]; allocated when null.</param>
    public static Tensor SpadeModulate(
        this Workspace workspace, Tensor input, Tensor statistics, Tensor gammaBeta, Activation activation, Tensor? output = null)
    {
        Tensor result = output ?? workspace.Allocate(gammaBeta.Shape.WithChannels(input.Channels));
        Workspace.Require(
            gammaBeta.Channels == 2 * input.Channels || gammaBeta.Channels == input.Channels,
            nameof(SpadeModulate), "the modulation must have the input's channels once or twice", input, gammaBeta);
        RequireStatistics(nameof(SpadeModulate), input, statistics);
        Workspace.Require(
            gammaBeta.Shape[1] % input.Shape[1] == 0 && gammaBeta.Shape[1] / input.Shape[1] * input.Shape[2] == gammaBeta.Shape[2],
            nameof(SpadeModulate), "the modulation's extents must be one multiple of the input's", input, gammaBeta);
        if (workspace.Device is not IFusedSpade device)
        {
            ComposeSpade(workspace, input, statistics, gammaBeta, activation, result);
        }
        else if (workspace.Begins(result))
        {
            device.SpadeModulate(input, statistics, gammaBeta, activation, result);
        }

        return result;
    }

    /// <summary>A convolution that gives gammas and betas, then <see cref="SpadeModulate"/> with them.</summary>
    /// <param name="workspace">The workspace of the forward.</param>
    /// <param name="hidden">[N, H, W, S], the convolution's input.</param>
    /// <param name="weights">2 C outputs: gammas, then betas.</param>
    /// <param name="input">[N, H / f, W / f, C], read as if upsampled f times (nearest).</param>
    /// <param name="statistics">[N, 2, C] of <see cref="Workspace.InstanceStatistics"/>.</param>
    /// <param name="activation">Applied last.</param>
    /// <param name="output">[N, H, W, C]; allocated when null.</param>
    public static Tensor SpadeConvolution(
        this Workspace workspace,
        Tensor hidden,
        SpadeConvolutionWeights weights,
        Tensor input,
        Tensor statistics,
        Activation activation,
        Tensor? output = null)
    {
        Shape modulation = Workspace.ConvolutionOutput(hidden.Shape, weights.Geometry);
        Tensor result = output ?? workspace.Allocate(modulation.WithChannels(input.Channels));
        if (!weights.IsFused)
        {
            using Workspace.Scope scope = workspace.BeginScope();
            return workspace.SpadeModulate(input, statistics, workspace.Convolution(hidden, weights.Convolution), activation, result);
        }

        Workspace.Require(modulation.Channels == 2 * input.Channels, nameof(SpadeConvolution), "the modulation must have the input's channels twice", input, hidden);
        Workspace.Require(result.Shape == modulation.WithChannels(input.Channels), nameof(SpadeConvolution), "the output must have the modulation's extents", result, hidden);
        RequireStatistics(nameof(SpadeConvolution), input, statistics);
        if (workspace.Begins(result, modulation.ElementCount * weights.Geometry.MultiplyAddsPerElement))
        {
            ((IFusedSpadeConvolution)workspace.Device).SpadeConvolution(
                hidden, weights.Convolution, input, statistics, activation, result, workspace.Batch);
        }

        return result;
    }

    private static void ComposeSpade(
        Workspace workspace, Tensor input, Tensor statistics, Tensor gammaBeta, Activation activation, Tensor output)
    {
        using Workspace.Scope scope = workspace.BeginScope();
        int channels = input.Channels;
        Tensor minusOne = workspace.Constant(new Shape(channels), -1);

        // Each element has statistics of its own. Normalising before upsampling takes less work and gives the same values.
        Tensor normalised = workspace.Allocate(input.Shape);
        for (int element = 0; element < input.Shape[0]; element++)
        {
            Tensor mean = statistics[element][0];
            Tensor reciprocalDeviation = statistics[element][1];
            Tensor centered = workspace.Add(input.Slice(element, 1), workspace.Multiply(mean, minusOne));
            workspace.Multiply(centered, reciprocalDeviation, output: normalised.Slice(element, 1));
        }

        Tensor upsampled = workspace.ResizeNearest(normalised, output.Shape[1], output.Shape[2]);
        Tensor scale = workspace.Add(gammaBeta.ChannelSlice(0, channels), workspace.Constant(new Shape(channels), 1));
        if (gammaBeta.Channels == channels)
        {
            workspace.Multiply(upsampled, scale, activation, output);
        }
        else
        {
            workspace.Add(workspace.Multiply(upsampled, scale), gammaBeta.ChannelSlice(channels, channels), activation, output);
        }
    }

    private static void RequireStatistics(string op, Tensor input, Tensor statistics) => Workspace.Require(
        statistics.Shape == new Shape(input.Shape[0], 2, input.Channels), op, "the statistics must be [N, 2, C]", input, statistics);
}
